"""The rules of the procedure as data (`procedure.toml`): which clocks run, when two people are needed, what follows.

Reads and checks; decides nothing. A file with a gap is refused. Serves G10 and G11.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum
from typing import Any

from services.repair.applications.domain.office_hours import OfficeHours, office_hours
from shared.policy.deadlines import deadlines
from shared.policy.periods import Duration, day_after, last_day, parse_duration
from shared.policy.table import Table
from shared.rule_files import RuleFile
from shared.vocabulary import Severity

_NAME = "repair/procedure.toml"
_SOURCE = ("citation", "confidence")
_COUNTED = frozenset({"repair_acceptance", "repair_decision", "repair_result"})
"""The deadlines that a step of the procedure ends; any other would run for ever."""
_MOST_DAYS = 60


class DayOfRequest(StrEnum):
    """Whether the day on which a supplement was asked for is still used up by the other clocks (R30)."""

    COUNTS = "counts"
    STANDS_STILL = "stands_still"


class DayOfReceipt(StrEnum):
    """The day of receipt never counts: what arrives in the evening must not cost the officer that day."""

    STANDS_STILL = "stands_still"


@dataclass(frozen=True, slots=True)
class Generation:
    """The procedure under one generation of the rules. `filed` and `accepted` name the clocks that these acts start."""

    id: str
    since: date
    citation: str
    filed: tuple[str, ...]
    accepted: tuple[str, ...]
    two_people: frozenset[Severity]
    two_people_citation: str


@dataclass(frozen=True, slots=True)
class ProcedureRules:
    """All of the file."""

    generations: tuple[Generation, ...]
    restores_display: bool
    bar: Duration
    bar_citation: str
    regrading_regions: tuple[str, ...]
    regrading_after_days: int
    way_to_object: str
    near_working_days: int
    office_hours: OfficeHours
    request_day: DayOfRequest

    def generation_on(self, day: date) -> Generation:
        """The generation in force; before the first one, the first (R09)."""
        begun = [one for one in self.generations if one.since <= day]
        return begun[-1] if begun else self.generations[0]

    def barred_until(self, revoked_on: date) -> date:
        """The first day on which a new application is possible again (R01: the day after the last of the bar)."""
        return day_after(last_day(revoked_on, self.bar))

    def wants_regrading(self, region: str) -> bool:
        return region.startswith(self.regrading_regions)


def wants_two_people(generation: Generation, severity: Severity | None) -> bool:
    """Whether a second person must review; of a class that is not known the strictest is assumed."""
    return severity is None or severity in generation.two_people


def parse_procedure(data: Mapping[str, Any]) -> ProcedureRules:
    """The rules of one file, or `PackError` with entry and reason."""
    file = Table(_NAME, "file", data)
    papers, regrading, refusal = (file.table(name) for name in ("false_papers", "regrading", "refusal"))
    escalation, hours, supplement = (file.table(name) for name in ("escalation", "office_hours", "supplement"))
    rules = ProcedureRules(
        generations=_generations(file),
        restores_display=papers.flag("restores_display"),
        bar=_duration(papers, "bar"),
        bar_citation=papers.source().citation,
        regrading_regions=_regions(regrading),
        regrading_after_days=regrading.number("after_days", _MOST_DAYS),
        way_to_object=refusal.text("way_to_object"),
        near_working_days=escalation.number("working_days_before", _MOST_DAYS),
        office_hours=_hours(hours),
        request_day=supplement.choice("request_day", DayOfRequest),
    )
    supplement.choice("receipt_day", DayOfReceipt)
    for one in (regrading, refusal, escalation, hours, supplement):
        one.source()
    for one in (file, papers, regrading, refusal, escalation, hours, supplement):
        one.done()
    return rules


def _generations(file: Table) -> tuple[Generation, ...]:
    found = tuple(_generation(name, table) for name, table in file.named_tables("generation").items())
    if not found or list(found) != sorted(found, key=lambda one: one.since):
        raise file.refuse("the generations do not follow each other")
    return found


def _generation(name: str, table: Table) -> Generation:
    reviewers = Table(
        table.file, f"{table.entry} two_people", {key: table.text(f"two_people_{key}") for key in _SOURCE}
    )
    generation = Generation(
        id=name,
        since=table.day("from"),
        citation=table.source().citation,
        filed=_clocks(table, "filed"),
        accepted=_clocks(table, "accepted"),
        two_people=table.choices("two_people", Severity),
        two_people_citation=reviewers.source().citation,
    )
    table.done()
    return generation


def _clocks(table: Table, key: str) -> tuple[str, ...]:
    names = table.texts(key)
    if unknown := sorted(set(names) - (_COUNTED & set(deadlines()))):
        known = ", ".join(sorted(_COUNTED))
        raise table.refuse(f"{key} names {', '.join(unknown)}, which no step ends; possible are {known}")
    return names


def _regions(table: Table) -> tuple[str, ...]:
    """The beginnings of division codes."""
    regions = table.texts("regions")
    if wrong := [one for one in regions if not (one.isascii() and one.isdecimal() and 2 <= len(one) <= 6)]:
        raise table.refuse(f"regions: {wrong[0]!r} is not the beginning of a division code")
    return regions


def _duration(table: Table, key: str) -> Duration:
    try:
        return parse_duration(table.text(key))
    except ValueError as error:
        raise table.refuse(f"{key}: {error}") from None


def _hours(table: Table) -> OfficeHours:
    spans = table.values("spans", list)
    if not all(isinstance(edge, time) for span in spans for edge in span):
        raise table.refuse("spans are pairs of times such as [09:00:00, 12:00:00]")
    try:
        return office_hours(spans)
    except ValueError as error:
        raise table.refuse(str(error)) from None


FILE = RuleFile(_NAME, "services.repair.applications", parse_procedure)

procedure_rules = FILE.read
"""The rules in force; ask at use, never at import."""
