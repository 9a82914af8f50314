"""The rules of objections as data (`rule.toml`): when a second person decides, and what a rejection has to say."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources

from services.repair.objections.domain.decision import Decision
from shared.vocabulary import Remedy, Severity


@dataclass(frozen=True, slots=True)
class ObjectionRules:
    """All of the file."""

    remedies: frozenset[Remedy]
    fields: frozenset[str]  # of a corrected record, those from which its class or window is computed
    severities: frozenset[Severity]
    second_person_citation: str
    reconsideration: str
    reconsideration_citation: str
    near_working_days: int

    def wants_two(self, decision: Decision, severity: Severity | None) -> bool:
        """Whether a second person has to agree; a rejection changes nothing in public and needs one."""
        if not decision.upheld:
            return False
        moves_class_or_window = any(one.field in self.fields for one in decision.corrected)
        grave = severity is None or severity in self.severities
        return decision.remedy in self.remedies or moves_class_or_window or grave


_GRAVITY = (Severity.MINOR, Severity.ORDINARY, Severity.SERIOUS)


def gravest(severities: Iterable[str | None]) -> Severity | None:
    """Of what the audiences show; None when one of them is not known, for then the strictest is assumed."""
    found = list(severities)
    if not found or None in found:
        return None
    return max((Severity(one) for one in found if one), key=_GRAVITY.index)


@cache
def objection_rules() -> ObjectionRules:
    """The rules of the package. A file with a gap is refused at the first use."""
    file = tomllib.loads(resources.files("services.repair.objections").joinpath("rule.toml").read_text("utf-8"))
    for name, entry in file.items():
        if not entry["citation"] or entry["confidence"] not in ("found", "recalled", "proposal"):
            raise ValueError(f"rule.toml: {name} needs a citation and a confidence")
    return ObjectionRules(
        remedies=frozenset(Remedy(one) for one in file["second_person"]["remedies"]),
        fields=frozenset(file["second_person"]["fields"]),
        severities=frozenset(Severity(one) for one in file["second_person"]["severities"]),
        second_person_citation=file["second_person"]["citation"],
        reconsideration=file["reconsideration"]["text"],
        reconsideration_citation=file["reconsideration"]["citation"],
        near_working_days=int(file["escalation"]["working_days_before"]),
    )
