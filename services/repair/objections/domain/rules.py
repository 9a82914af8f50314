"""The rules of objections as data (`rule.toml`): when a second person decides, and what a rejection has to say."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, get_args

from services.repair.objections.domain.decision import Decision
from shared.contracts.records import Detail, Record
from shared.policy.table import Table
from shared.rule_files import RuleFile
from shared.vocabulary import Remedy, Severity

_NAME = "repair/objections.toml"
_MOST_DAYS = 60


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


def parse_objection_rules(data: Mapping[str, Any]) -> ObjectionRules:
    """The rules of one file, or `PackError` with entry and reason."""
    file = Table(_NAME, "file", data)
    second, way, escalation = (file.table(name) for name in ("second_person", "reconsideration", "escalation"))
    rules = ObjectionRules(
        remedies=second.choices("remedies", Remedy),
        fields=_fields(second),
        severities=second.choices("severities", Severity),
        second_person_citation=second.source().citation,
        reconsideration=way.text("text"),
        reconsideration_citation=way.source().citation,
        near_working_days=escalation.number("working_days_before", _MOST_DAYS),
    )
    escalation.source()
    for one in (file, second, way, escalation):
        one.done()
    return rules


def _fields(table: Table) -> frozenset[str]:
    """Fields of a record's contract, wherever its kinds have them: a mistyped one would ask nobody."""
    fields = table.texts("fields")
    known = set(Record.model_fields).union(*(one.model_fields for one in get_args(Detail)))
    if unknown := sorted(set(fields) - known):
        raise table.refuse(f"fields: {', '.join(unknown)} is no field of a record")
    return frozenset(fields)


FILE = RuleFile(_NAME, "services.repair.objections", parse_objection_rules, inside="rule.toml")

objection_rules = FILE.read
"""The rules in force; ask at use, never at import."""
