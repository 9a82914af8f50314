"""The caching evaluator tells apart every pair of records that the law tells apart, and stays within its bounds."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from shared.policy import Evaluator, Facts, Packs, Window, evaluate
from shared.vocabulary import PenaltyType, Procedure, RecordKind, SubjectKind
from tests.unit.policy.facts import penalty

AS_OF = date(2025, 1, 1)
CHANGZHOU = penalty("2024-03-01", authority_region="320400")
LICENCE = penalty("2024-03-01", kind=RecordKind.LICENCE, valid_until=date(2026, 3, 1), penalty_types=frozenset())


@pytest.mark.parametrize(
    ("base", "changes"),
    [
        (CHANGZHOU, {"kind": RecordKind.AWARD}),
        (CHANGZHOU, {"decided_on": date(2024, 3, 2)}),
        (CHANGZHOU, {"first_submitted_on": date(2025, 12, 1)}),
        (CHANGZHOU, {"subject_kind": SubjectKind.NATURAL_PERSON}),
        (CHANGZHOU, {"authority_region": "330100"}),
        (CHANGZHOU, {"penalty_types": frozenset({PenaltyType.WARNING})}),
        (CHANGZHOU, {"fine": Decimal(100000)}),
        (CHANGZHOU, {"fine": None}),
        (CHANGZHOU, {"fine": Decimal("NaN")}),
        (CHANGZHOU, {"procedure": Procedure.SUMMARY}),
        (CHANGZHOU, {"accident_related": True}),
        (CHANGZHOU, {"list_conditions": frozenset({"11.6.1"})}),
        (CHANGZHOU, {"serious_by_law": True}),
        (CHANGZHOU, {"subject_under_18": True}),
        (CHANGZHOU, {"secret": True}),
        (LICENCE, {"valid_until": date(2026, 3, 2)}),
        (LICENCE, {"valid_until": date(2024, 2, 29)}),
        (LICENCE, {"valid_until": None}),
        (LICENCE, {"licence_valid": False}),
    ],
)
def test_two_records_that_the_law_tells_apart_are_told_apart(
    packs: Packs, base: Facts, changes: dict[str, Any]
) -> None:
    evaluator, changed = Evaluator(packs), replace(base, **changes)
    one, other = evaluator.evaluate(base, AS_OF), evaluator.evaluate(changed, AS_OF)
    assert one == evaluate(base, packs, AS_OF)
    assert other == evaluate(changed, packs, AS_OF)
    assert [_answer(window) for window in one] != [_answer(window) for window in other]


def _answer(window: Window) -> tuple[object, ...]:
    return window.publishability, window.severity, window.closes_on, window.repair_from_on, window.grounds
