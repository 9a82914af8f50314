"""The caching evaluator tells apart every pair of records that the law tells apart, and stays within its bounds."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from shared.policy import Evaluator, Facts, Packs, Window, evaluate, facts_of, inputs_of
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


def test_records_that_are_judged_alike_share_their_ruling_and_keep_their_own_inputs(packs: Packs) -> None:
    evaluator = Evaluator(packs)
    other = replace(CHANGZHOU, fine=Decimal(60_001), first_submitted_on=date(2024, 3, 4))
    assert evaluator.ruling(CHANGZHOU, AS_OF) is evaluator.ruling(other, AS_OF)
    for one in (CHANGZHOU, other):
        for window in evaluator.evaluate(one, AS_OF):
            assert window.provenance.inputs == inputs_of(one, AS_OF)
            assert facts_of(window.provenance.inputs) == (one, AS_OF)


def test_a_record_that_arrived_overdue_shares_nothing_with_one_that_came_in_time(packs: Packs) -> None:
    evaluator = Evaluator(packs)
    late = replace(CHANGZHOU, first_submitted_on=date(2030, 1, 1))
    assert evaluator.ruling(CHANGZHOU, AS_OF) is not evaluator.ruling(late, AS_OF)
    assert evaluator.evaluate(late, AS_OF) == evaluate(late, packs, AS_OF)


def test_full_caches_are_emptied_and_change_nothing(packs: Packs) -> None:
    evaluator = Evaluator(packs, limit=2)
    days = [date(2024, month, 1) for month in range(1, 8)]
    facts = [replace(CHANGZHOU, decided_on=day, authority_region=region) for day in days for region in ("320400", "1")]
    for one in (*facts, *facts):
        assert evaluator.evaluate(one, AS_OF) == evaluate(one, packs, AS_OF)
