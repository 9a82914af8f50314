"""The worked cases of a pack: facts and the window a lawyer expects of them, run whenever packs are loaded.

A case that fails refuses the pack (G03). Compares only the keys that the case names.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from shared.policy.clock_start import OF_RECORDS, CountFrom
from shared.policy.evaluate import evaluate
from shared.policy.model import Facts, Window
from shared.policy.pack import Document, Packs
from shared.policy.table import PackError, Table
from shared.vocabulary import Audience, Procedure, Publishability, RecordKind, Severity, SubjectKind

FEWEST = 3
"""Worked cases that every rule must bring."""

_DATES = ("opens_on", "closes_on", "offline_on", "repair_from_on")
_COMPARABLE = {*_DATES, "publishability", "severity", "needs_confirmation", "rule", "ground", "count_from"}
_OUTSIDE = "110000"
"""Where a case plays that names no region: outside every region of the packs."""


@dataclass(frozen=True, slots=True)
class WorkedCase:
    """One worked case, ready to run."""

    file: str
    entry: str
    facts: Facts
    as_of: date
    audience: Audience
    expected: Mapping[str, Any]


def parse_cases(tables: list[Table], document: Document) -> list[WorkedCase]:
    if len(tables) < FEWEST:
        raise PackError(
            document.file, document.document_id, f"{len(tables)} worked cases, at least {FEWEST} are needed"
        )
    return [_parse_case(table, document) for table in tables]


def _parse_case(table: Table, document: Document) -> WorkedCase:
    table.text("name")
    expect = table.table("expect")
    case = WorkedCase(
        file=table.file,
        entry=table.entry,
        facts=_facts(table.table("facts"), document),
        as_of=table.day("as_of"),
        audience=table.choice("audience", Audience),
        expected=_expected(expect),
    )
    table.done()
    return case


def _facts(table: Table, document: Document) -> Facts:
    decided_on = table.day("decided_on")
    facts = Facts(
        kind=table.choice("kind", RecordKind, document.kind),
        decided_on=decided_on,
        first_submitted_on=table.optional_day("first_submitted_on") or decided_on,
        subject_kind=table.choice("subject_kind", SubjectKind, SubjectKind.LEGAL_PERSON),
        authority_region=table.text("authority_region", document.region or _OUTSIDE),
        penalty_types=table.penalty_types("penalty_types"),
        fine=_fine(table),
        procedure=table.choice("procedure", Procedure, Procedure.ORDINARY),
        accident_related=table.flag("accident_related", default=False),
        list_conditions=frozenset(table.texts("list_conditions", ())),
        serious_by_law=table.flag("serious_by_law", default=False),
        valid_until=table.optional_day("valid_until"),
        licence_valid=table.flag("licence_valid", default=True),
        subject_under_18=table.flag("subject_under_18", default=False),
        secret=table.flag("secret", default=False),
        milder_confirmed=table.flag("milder_confirmed", default=False),
    )
    table.done()
    return facts


def _fine(table: Table) -> Decimal | None:
    return Decimal(table.number("fine")) if table.has("fine") else None


def _expected(table: Table) -> dict[str, Any]:
    """The keys of the case as comparable values; `absent` lists those that must be empty."""
    expected: dict[str, Any] = dict.fromkeys(table.texts("absent", ()))
    expected["publishability"] = table.choice("publishability", Publishability)
    for key in ("rule", "ground"):
        if table.has(key):
            expected[key] = table.text(key)
    for key in _DATES:
        if table.has(key):
            expected[key] = table.day(key)
    if table.has("severity"):
        expected["severity"] = table.choice("severity", Severity)
    if table.has("count_from"):
        expected["count_from"] = table.choice("count_from", CountFrom, among=OF_RECORDS)
    if table.has("needs_confirmation"):
        expected["needs_confirmation"] = table.flag("needs_confirmation")
    if unknown := expected.keys() - _COMPARABLE:
        raise table.refuse(f"absent names unknown {', '.join(sorted(unknown))}")
    table.done()
    return expected


def run_case(case: WorkedCase, packs: Packs) -> None:
    """Evaluate one case and refuse the pack if the window is another."""
    windows = {window.audience: window for window in evaluate(case.facts, packs, case.as_of)}
    window = windows[case.audience]
    for key, wanted in case.expected.items():
        found = _found(window, key)
        if (wanted not in found) if key == "ground" else (wanted != found):
            raise PackError(case.file, case.entry, f"worked case fails: {key} is {found}, expected {wanted}")


def _found(window: Window, key: str) -> Any:
    if key == "rule":
        return window.provenance.rule_id
    if key == "count_from":
        return window.provenance.count_from
    if key == "ground":
        return window.grounds
    return getattr(window, key)
