"""Every worked case of every pack holds, and together they stand on every boundary of the law."""

from datetime import date, timedelta

import pytest

from shared.policy import Packs, evaluate
from shared.policy.cases import FEWEST, WorkedCase, run_case
from shared.policy.load import read_packs

PACKS, CASES = read_packs()
BOUNDARIES = ("2019-07-01", "2022-03-14", "2022-06-20", "2023-05-01", "2023-10-01", "2025-06-22", "2026-04-01")


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.file}: {case.entry}")
def test_a_worked_case_holds(case: WorkedCase) -> None:
    run_case(case, PACKS)


def test_every_document_brings_worked_cases_and_every_class_is_reached_by_one() -> None:
    for document in PACKS.documents:
        assert sum(case.file == document.file for case in CASES) >= FEWEST
    reached = {window.provenance.rule_id for case in CASES for window in evaluate(case.facts, PACKS, case.as_of)}
    classes = {rule.rule_id for document in PACKS.documents for rule in document.classes}
    behind_an_exclusion = {rule_id for rule_id in classes if rule_id.endswith("/summary_procedure")}
    assert classes - behind_an_exclusion <= reached


@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_worked_cases_stand_on_both_sides_of_each_boundary(boundary: str, packs: Packs) -> None:
    day = date.fromisoformat(boundary)
    assert day in packs.boundaries
    assert packs.era(day) == packs.era(day - timedelta(days=1)) + 1
    days = {case.as_of for case in CASES} | {case.facts.decided_on for case in CASES}
    assert day in days
    assert any(other < day for other in days)
