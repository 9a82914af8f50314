"""The rules of the procedure as data (`procedure.toml`): which clocks run, when two people are needed, what follows.

Reads and checks; decides nothing. A file with a gap is refused. Serves G10 and G11.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import Any

from services.repair.applications.domain.office_hours import OfficeHours, office_hours
from shared.policy.deadlines import deadlines
from shared.policy.periods import Duration, day_after, last_day, parse_duration
from shared.vocabulary import Severity

CONFIDENCE = frozenset({"found", "recalled", "proposal"})


class ProcedureFileError(ValueError):
    """`procedure.toml` cannot be used; the message names the entry."""


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


@cache
def procedure_rules() -> ProcedureRules:
    """The rules of the package."""
    return read_rules(resources.files("services.repair.applications").joinpath("procedure.toml").read_text("utf-8"))


def read_rules(text: str) -> ProcedureRules:
    """The rules in a text, or `ProcedureFileError`."""
    try:
        return _rules(tomllib.loads(text))
    except (KeyError, ValueError, TypeError) as error:
        raise ProcedureFileError(f"procedure.toml: {error}") from error


def _rules(file: Mapping[str, Any]) -> ProcedureRules:
    for name in ("false_papers", "regrading", "refusal", "escalation", "office_hours"):
        _cited(name, file[name])
    papers, regrading = file["false_papers"], file["regrading"]
    return ProcedureRules(
        generations=_generations(file["generation"]),
        restores_display=bool(papers["restores_display"]),
        bar=parse_duration(papers["bar"]),
        bar_citation=papers["citation"],
        regrading_regions=tuple(regrading["regions"]),
        regrading_after_days=int(regrading["after_days"]),
        way_to_object=file["refusal"]["way_to_object"],
        near_working_days=int(file["escalation"]["working_days_before"]),
        office_hours=office_hours(file["office_hours"]["spans"]),
    )


def _generations(entries: list[Mapping[str, Any]]) -> tuple[Generation, ...]:
    found = tuple(_generation(entry) for entry in entries)
    if not found or list(found) != sorted(found, key=lambda one: one.since):
        raise ValueError("the generations do not follow each other")
    return found


def _generation(entry: Mapping[str, Any]) -> Generation:
    name = entry["id"]
    _cited(name, entry)
    _cited(name, {one: entry[f"two_people_{one}"] for one in ("citation", "confidence")})
    clocks = (*entry["filed"], *entry["accepted"])
    if unknown := set(clocks) - set(deadlines()):
        raise ValueError(f"{name} names deadlines that do not exist: {', '.join(sorted(unknown))}")
    return Generation(
        id=name,
        since=entry["from"],
        citation=entry["citation"],
        filed=tuple(entry["filed"]),
        accepted=tuple(entry["accepted"]),
        two_people=frozenset(Severity(one) for one in entry["two_people"]),
        two_people_citation=entry["two_people_citation"],
    )


def _cited(name: str, entry: Mapping[str, Any]) -> None:
    if not entry["citation"] or entry["confidence"] not in CONFIDENCE:
        raise ValueError(f"{name} needs a citation and a confidence of {', '.join(sorted(CONFIDENCE))}")
