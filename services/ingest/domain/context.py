"""What the checks must know of the outside: the day, who sends, which system is authoritative, registered names.

Plain values, put together before judging begins; a check asks for nothing else, so that the same row in the same
surroundings always gets the same findings.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from services.ingest.domain.findings import Finding
from services.ingest.domain.parsed import Parsed
from services.ingest.domain.source_map import EMPTY, SourceMap

LatestEnds = Callable[[Parsed, date], frozenset[date]]
"""The last lawful days of display that the rules give for a row, one an audience that may see it."""


@dataclass(frozen=True, slots=True)
class Day:
    """The legal date and the last day on which a decision is on time, with what is known of sources and subjects.

    `on_time_from` is the earliest decision date that still lies within the reporting duty.
    `names` holds for codes of subjects the names under which the register knows them, present and former ones.
    """

    today: date
    on_time_from: date
    latest_ends: LatestEnds | None = None
    client: str = ""
    sources: SourceMap = EMPTY
    names: Mapping[str, frozenset[str]] = field(default_factory=dict)


Check = Callable[[Parsed, Day], Iterator[Finding]]
