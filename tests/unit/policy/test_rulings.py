"""Rulings that a lawyer may change, each with the case that shows what holds until then (docs/law.md)."""

from datetime import date

import pytest

from shared.policy import Packs
from shared.vocabulary import Audience, PenaltyType, Publishability, Severity
from tests.unit.policy.facts import penalty, window

OWN, CREDIT = Audience.OWN_COLUMN, Audience.CREDIT_SITES
WARNING = frozenset({PenaltyType.WARNING})


@pytest.mark.parametrize(
    ("region", "publishability", "rule"),
    [
        ("330100", Publishability.EXEMPT, "ndrc-58-2023/warning_only"),
        ("140100", Publishability.EXEMPT, "ndrc-58-2023/warning_only"),
        ("320600", Publishability.SHOWN, "js-yj-33-2022/ordinary"),
        ("320412", Publishability.SHOWN, "cz-yj-19-2022/ordinary"),
    ],
)
def test_under_58_a_warning_alone_is_on_the_own_column_of_jiangsu_only(
    packs: Packs, region: str, publishability: Publishability, rule: str
) -> None:
    facts = penalty("2024-01-10", penalty_types=WARNING, fine=None, authority_region=region)
    seen = window(facts, packs, "2024-02-01", OWN)
    assert (seen.publishability, seen.provenance.rule_id) == (publishability, rule)
    assert window(facts, packs, "2024-02-01", CREDIT).publishability is Publishability.EXEMPT


def test_a_warning_outside_jiangsu_leaves_the_own_column_when_58_begins(packs: Packs) -> None:
    facts = penalty("2023-02-10", penalty_types=WARNING, fine=None, authority_region="330100")
    assert window(facts, packs, "2023-04-30", OWN).publishability is Publishability.SHOWN
    after = window(facts, packs, "2023-05-01", OWN)
    assert (after.publishability, after.closes_on, after.offline_on) == (
        Publishability.EXEMPT,
        date(2023, 4, 30),
        date(2023, 5, 1),
    )


@pytest.mark.parametrize("situation", [f"49.{number:02d}" for number in range(1, 11)])
def test_under_527_every_situation_of_49_counts_as_serious(packs: Packs, situation: str) -> None:
    facts = penalty("2022-08-31", list_conditions=frozenset({situation}), authority_region="330100")
    for audience in (OWN, CREDIT):
        seen = window(facts, packs, "2022-09-01", audience)
        assert (seen.severity, seen.provenance.rule_id) == (Severity.SERIOUS, "ndrc-527-2019/serious")
        assert (seen.closes_on, seen.repair_from_on) == (date(2025, 8, 31), date(2023, 3, 1))


def test_a_situation_of_11_is_none_of_527(packs: Packs) -> None:
    facts = penalty("2022-08-31", list_conditions=frozenset({"11.6.4"}), authority_region="330100")
    assert window(facts, packs, "2022-09-01", OWN).severity is Severity.ORDINARY
