"""Windows as JSON and facts as flat text, both with an exact way back, so that a stored window can be computed again.

Facts at their default are left out of the inputs to keep a stored window small. Serves G03.
"""

import json
from collections.abc import ItemsView, Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from shared.policy.clock_start import CountFrom
from shared.policy.model import Facts, Provenance, Window
from shared.vocabulary import Audience, PenaltyType, Procedure, Publishability, RecordKind, Severity, SubjectKind

# A look into a table: to call an enumeration takes ten times as long, and a register is read whole.
_KINDS = {kind.value: kind for kind in RecordKind}
_SUBJECT_KINDS = {kind.value: kind for kind in SubjectKind}
_PROCEDURES = {procedure.value: procedure for procedure in Procedure}
_AUDIENCES = {audience.value: audience for audience in Audience}
_PUBLISHABILITIES = {one.value: one for one in Publishability}
_SEVERITIES: dict[str | None, Severity | None] = {None: None, **{one.value: one for one in Severity}}
_STARTS: dict[str | None, CountFrom | None] = {None: None, **{one.value: one for one in CountFrom}}
_FLAGS_OFF = ("accident_related", "serious_by_law", "subject_under_18", "secret", "milder_confirmed")


def inputs_of(facts: Facts, as_of: date) -> dict[str, str]:
    """Everything that `evaluate` looked at, as text."""
    inputs = {
        "as_of": as_of.isoformat(),
        "kind": facts.kind.value,
        "decided_on": facts.decided_on.isoformat(),
        "first_submitted_on": facts.first_submitted_on.isoformat(),
        "subject_kind": facts.subject_kind.value,
        "authority_region": facts.authority_region,
    }
    if facts.penalty_types:
        inputs["penalty_types"] = ",".join(sorted(facts.penalty_types))
    if facts.fine is not None:
        inputs["fine"] = str(facts.fine)
    if facts.procedure is not Procedure.ORDINARY:
        inputs["procedure"] = facts.procedure.value
    if facts.list_conditions:
        inputs["list_conditions"] = json.dumps(sorted(facts.list_conditions), ensure_ascii=False)
    if facts.valid_until is not None:
        inputs["valid_until"] = facts.valid_until.isoformat()
    if not facts.licence_valid:
        inputs["licence_valid"] = "false"
    for flag in _FLAGS_OFF:
        if getattr(facts, flag):
            inputs[flag] = "true"
    return inputs


class Inputs(Mapping[str, str]):
    """`inputs_of`, written when somebody first reads it: of most windows only the days are ever looked at."""

    __slots__ = ("_as_of", "_facts", "_written")

    def __init__(self, facts: Facts, as_of: date) -> None:
        self._facts = facts
        self._as_of = as_of
        self._written: dict[str, str] | None = None

    @property
    def _texts(self) -> dict[str, str]:
        if self._written is None:
            self._written = inputs_of(self._facts, self._as_of)
        return self._written

    def __getitem__(self, name: str) -> str:
        return self._texts[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)

    def items(self) -> ItemsView[str, str]:
        """The dictionary's own: those of a mapping ask for each name again, four times as slow."""
        return self._texts.items()

    def __repr__(self) -> str:
        return repr(self._texts)


def facts_of(inputs: Mapping[str, str]) -> tuple[Facts, date]:
    """The facts and the day that these inputs were written from."""
    valid_until, fine, listed = inputs.get("valid_until"), inputs.get("fine"), inputs.get("list_conditions")
    facts = Facts(
        kind=_KINDS[inputs["kind"]],
        decided_on=date.fromisoformat(inputs["decided_on"]),
        first_submitted_on=date.fromisoformat(inputs["first_submitted_on"]),
        subject_kind=_SUBJECT_KINDS[inputs["subject_kind"]],
        authority_region=inputs["authority_region"],
        penalty_types=_penalty_types(inputs.get("penalty_types", "")),
        fine=None if fine is None else Decimal(fine),
        procedure=_PROCEDURES[inputs.get("procedure", Procedure.ORDINARY)],
        accident_related="accident_related" in inputs,
        list_conditions=frozenset() if listed is None else frozenset(json.loads(listed)),
        serious_by_law="serious_by_law" in inputs,
        valid_until=None if valid_until is None else date.fromisoformat(valid_until),
        licence_valid="licence_valid" not in inputs,
        subject_under_18="subject_under_18" in inputs,
        secret="secret" in inputs,
        milder_confirmed="milder_confirmed" in inputs,
    )
    return facts, date.fromisoformat(inputs["as_of"])


@lru_cache(maxsize=4_096)
def _penalty_types(names: str) -> frozenset[PenaltyType]:
    return frozenset(PenaltyType(name) for name in names.split(",") if name)


def as_json(window: Window) -> dict[str, Any]:
    """The window as values that any JSON writer takes."""
    origin = window.provenance
    return {
        "audience": window.audience.value,
        "publishability": window.publishability.value,
        "severity": None if window.severity is None else window.severity.value,
        "opens_on": _text(window.opens_on),
        "closes_on": _text(window.closes_on),
        "offline_on": _text(window.offline_on),
        "repair_from_on": _text(window.repair_from_on),
        "needs_confirmation": window.needs_confirmation,
        "grounds": list(window.grounds),
        "provenance": {
            "rule_id": origin.rule_id,
            "article": origin.article,
            "pack_version": origin.pack_version,
            "inputs": dict(origin.inputs.items()),
            "repair_rule_id": origin.repair_rule_id,
            "repair_article": origin.repair_article,
            "count_from": origin.count_from,
        },
    }


def from_json(data: Mapping[str, Any]) -> Window:
    return Window(
        _AUDIENCES[data["audience"]],
        _PUBLISHABILITIES[data["publishability"]],
        _SEVERITIES[data["severity"]],
        _day(data["opens_on"]),
        _day(data["closes_on"]),
        _day(data["offline_on"]),
        _day(data["repair_from_on"]),
        data["needs_confirmation"],
        tuple(data["grounds"]),
        _origin(data["provenance"]),
    )


def _origin(data: Mapping[str, Any]) -> Provenance:
    """A window that was stored before 2026-11 does not say from which day its period is counted."""
    return Provenance(**{**data, "count_from": _STARTS[data.get("count_from")]})


def _text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
