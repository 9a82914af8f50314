"""How long the papers of an ended case are kept (保存期限), read strictly from `retention.toml`. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from shared.policy.periods import Duration, last_day, parse_duration
from shared.policy.source import Source
from shared.policy.table import Table

_FILE = "repair/retention.toml"


@dataclass(frozen=True, slots=True)
class Retention:
    """The term, and where it comes from."""

    kept: Duration
    source: Source

    def ended_before(self, today: date) -> date:
        """Papers of a case that ended before this day are over their term."""
        return last_day(today, Duration(-self.kept.months, 0, self.kept.text))


def parse_retention(data: Mapping[str, object]) -> Retention:
    """The term of one file, or `PackError` with entry and reason."""
    file = Table(_FILE, "file", data)
    papers = file.table("papers")
    file.done()
    text = papers.text("kept")
    try:
        kept = parse_duration(text)
    except ValueError as error:
        raise papers.refuse(str(error)) from None
    if kept.days or kept.months < 12:
        raise papers.refuse(f"kept {text} must be whole years or months, and a year at least")
    retention = Retention(kept, papers.source())
    papers.done()
    return retention
