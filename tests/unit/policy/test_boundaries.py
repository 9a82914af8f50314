"""What happens to a window on the day before a version begins, on the day itself, and at its own last day."""

from datetime import date
from decimal import Decimal

import pytest

from shared.policy import Packs
from shared.vocabulary import Audience, PenaltyType, Publishability, RecordKind, Severity, SubjectKind
from tests.unit.policy.facts import penalty, window

SUSPENSION = frozenset({PenaltyType.SUSPENSION_OF_BUSINESS})
WARNING = frozenset({PenaltyType.WARNING})
OWN = Audience.OWN_COLUMN


@pytest.mark.parametrize(
    ("decided_on", "rule", "closes_on"),
    [
        ("2019-06-30", "ndrc-527-2019/ordinary", "2020-06-30"),
        ("2019-07-01", "ndrc-527-2019/ordinary", "2020-07-01"),
        ("2023-04-30", "ndrc-527-2019/ordinary", "2024-04-30"),
        ("2023-05-01", "ndrc-58-2023/ordinary", "2026-05-01"),
        ("2025-06-21", "ndrc-58-2023/ordinary", "2028-06-21"),
        ("2025-06-22", "ndrc-58-2023/ordinary", "2028-06-22"),
        ("2026-03-31", "ndrc-58-2023/ordinary", "2029-03-31"),
        ("2026-04-01", "ndrc-36-2026/ordinary", "2027-04-01"),
    ],
)
def test_credit_sites_follow_the_version_of_the_decision_day(
    packs: Packs, decided_on: str, rule: str, closes_on: str
) -> None:
    seen = window(penalty(decided_on), packs, decided_on)
    assert (seen.provenance.rule_id, seen.closes_on) == (rule, date.fromisoformat(closes_on))


@pytest.mark.parametrize(
    ("decided_on", "region", "rule"),
    [
        ("2022-03-13", "320685", "ndrc-527-2019/ordinary"),
        ("2022-03-14", "320685", "js-yj-33-2022/ordinary"),
        ("2022-03-14", "NT-TZW", "js-yj-33-2022/ordinary"),
        ("2022-03-14", "310000", "ndrc-527-2019/ordinary"),
        ("2022-06-19", "320412", "js-yj-33-2022/ordinary"),
        ("2022-06-20", "320412", "cz-yj-19-2022/ordinary"),
        ("2022-06-20", "320000", "js-yj-33-2022/ordinary"),
        ("2026-03-31", "320412", "cz-yj-19-2022/ordinary"),
        ("2026-03-31", "320685", "js-yj-33-2022/ordinary"),
        ("2026-04-01", "320412", "ndrc-36-2026/ordinary"),
        ("2026-04-01", "320685", "ndrc-36-2026/ordinary"),
    ],
)
def test_the_own_column_follows_the_most_local_rule_in_force(
    packs: Packs, decided_on: str, region: str, rule: str
) -> None:
    seen = window(penalty(decided_on, authority_region=region), packs, decided_on, OWN)
    assert seen.provenance.rule_id == rule


@pytest.mark.parametrize(
    ("decided_on", "situation", "severity"),
    [
        ("2023-09-30", "49.04", Severity.SERIOUS),
        ("2023-09-30", "11.7.3", Severity.ORDINARY),
        ("2023-10-01", "49.04", Severity.ORDINARY),
        ("2023-10-01", "11.7.3", Severity.SERIOUS),
    ],
)
def test_the_serious_list_of_the_decision_day_decides(
    packs: Packs, decided_on: str, situation: str, severity: Severity
) -> None:
    facts = penalty(decided_on, list_conditions=frozenset({situation}))
    assert window(facts, packs, decided_on, OWN).severity is severity


def test_a_window_that_ended_before_a_version_began_is_not_rewritten(packs: Packs) -> None:
    facts = penalty("2020-01-31", penalty_types=WARNING, fine=None)
    before, after = window(facts, packs, "2021-06-01"), window(facts, packs, "2026-06-01")
    assert (before.closes_on, before.offline_on) == (date(2021, 1, 31), date(2021, 2, 1))
    assert (after.closes_on, after.offline_on) == (before.closes_on, before.offline_on)
    assert after.publishability is Publishability.SHOWN


def test_a_record_hidden_by_a_version_is_never_shown_again_by_a_later_one(packs: Packs) -> None:
    facts = penalty("2023-02-01", penalty_types=WARNING, fine=None, authority_region="330100")
    for as_of in ("2023-05-01", "2026-03-31", "2026-04-01", "2026-11-21"):
        seen = window(facts, packs, as_of, OWN)
        assert (seen.publishability, seen.offline_on) == (Publishability.EXEMPT, date(2023, 5, 1))


def test_a_cut_window_was_not_overdue_when_it_arrived_before_the_boundary(packs: Packs) -> None:
    facts = penalty("2023-06-01", first_submitted_on=date(2026, 3, 31))
    assert window(facts, packs, "2026-04-01").publishability is Publishability.SHOWN
    late = penalty("2023-06-01", first_submitted_on=date(2026, 4, 1))
    seen = window(late, packs, "2026-04-01")
    assert (seen.publishability, seen.grounds[0]) == (Publishability.EXEMPT, "already_expired")
    assert "苏应急函〔2022〕33号" in seen.provenance.article


def test_a_record_may_still_be_shown_when_it_arrives_on_its_last_day(packs: Packs) -> None:
    on_the_day = penalty("2026-04-10", first_submitted_on=date(2027, 4, 10))
    a_day_late = penalty("2026-04-10", first_submitted_on=date(2027, 4, 11))
    assert window(on_the_day, packs, "2027-04-10").publishability is Publishability.SHOWN
    assert window(a_day_late, packs, "2027-04-11").publishability is Publishability.EXEMPT


def test_no_repair_under_527_becomes_possible_when_58_begins(packs: Packs) -> None:
    facts = penalty("2022-01-15", penalty_types=SUSPENSION, fine=None)
    assert window(facts, packs, "2023-04-30").repair_from_on is None
    assert window(facts, packs, "2023-05-01").repair_from_on == date(2023, 5, 1)


def test_a_repair_date_that_would_fall_on_the_boundary_was_not_reached_before_it(packs: Packs) -> None:
    reached = penalty("2022-10-29", serious_by_law=True)
    not_reached = penalty("2022-10-31", serious_by_law=True)
    assert window(reached, packs, "2023-05-01").repair_from_on == date(2023, 4, 30)
    assert window(not_reached, packs, "2023-05-01").repair_from_on == date(2023, 11, 1)


def test_a_minimum_that_outlasts_the_window_leaves_no_day_for_repair(packs: Packs) -> None:
    facts = penalty("2023-04-30", fine=Decimal(150000))
    seen = window(facts, packs, "2023-05-01")
    assert (seen.closes_on, seen.offline_on) == (date(2024, 4, 30), date(2024, 5, 1))
    assert (seen.repair_from_on, seen.provenance.repair_rule_id) == (None, None)


def test_a_proposed_severity_shows_the_shorter_window_and_asks_a_person(packs: Packs) -> None:
    facts = penalty("2026-05-01", fine=Decimal(100000))
    proposed = window(facts, packs, "2026-05-01")
    assert (proposed.severity, proposed.needs_confirmation) == (Severity.ORDINARY, True)
    assert (proposed.publishability, proposed.closes_on) == (Publishability.SHOWN, date(2027, 5, 1))
    below = window(penalty("2026-05-01", fine=Decimal("99999.99")), packs, "2026-05-01")
    assert below.needs_confirmation is False
    graver = penalty("2026-05-01", fine=Decimal(100000), penalty_types=SUSPENSION | {PenaltyType.FINE})
    assert (window(graver, packs, "2026-05-01").severity, window(graver, packs, "2026-05-01").needs_confirmation) == (
        Severity.SERIOUS,
        False,
    )


@pytest.mark.parametrize("subject", [SubjectKind.LEGAL_PERSON, SubjectKind.SOLE_TRADER])
def test_sole_traders_are_judged_as_organisations(packs: Packs, subject: SubjectKind) -> None:
    seen = window(penalty("2026-05-01", subject_kind=subject), packs, "2026-05-01")
    assert (seen.publishability, seen.closes_on) == (Publishability.SHOWN, date(2027, 5, 1))


@pytest.mark.parametrize(
    ("changes", "exclusion"),
    [
        ({"secret": True}, "secret"),
        ({"subject_under_18": True}, "under_18"),
        ({"subject_kind": SubjectKind.NATURAL_PERSON}, "natural_person_own_column"),
    ],
)
def test_excluded_records_are_shown_to_nobody(packs: Packs, changes: dict[str, object], exclusion: str) -> None:
    facts = penalty("2026-05-01", **changes)
    for audience in Audience:
        seen = window(facts, packs, "2026-05-01", audience)
        assert (seen.publishability, seen.opens_on, seen.offline_on) == (Publishability.EXEMPT, None, None)
    assert window(facts, packs, "2026-05-01", OWN).grounds == (f"excluded:{exclusion}",)


@pytest.mark.parametrize("kind", [RecordKind.COERCION, RecordKind.AWARD, RecordKind.INSPECTION])
def test_kinds_without_a_rule_are_shown_to_nobody(packs: Packs, kind: RecordKind) -> None:
    for audience in Audience:
        seen = window(penalty("2026-05-01", kind=kind), packs, "2026-05-01", audience)
        assert (seen.publishability, seen.grounds) == (Publishability.EXEMPT, ("no_rule",))


@pytest.mark.parametrize(
    ("changes", "audience", "ground"),
    [
        ({"fine": None}, Audience.CREDIT_SITES, "missing:fine"),
        ({"fine": Decimal("NaN")}, Audience.CREDIT_SITES, "missing:fine"),
        ({"fine": Decimal(-1)}, Audience.CREDIT_SITES, "missing:fine"),
        ({"penalty_types": frozenset(), "fine": None}, Audience.CREDIT_SITES, "missing:penalty_types"),
        ({"authority_region": ""}, OWN, "missing:authority_region"),
        ({"authority_region": "南通"}, OWN, "missing:authority_region"),
        ({"list_conditions": frozenset({"12.1"})}, Audience.MARKET_SUPERVISION, "unknown_situation:12.1"),
    ],
)
def test_a_missing_fact_waits_for_a_person_and_shows_nothing(
    packs: Packs, changes: dict[str, object], audience: Audience, ground: str
) -> None:
    seen = window(penalty("2026-05-01", **changes), packs, "2026-05-01", audience)
    assert (seen.publishability, seen.needs_confirmation) == (Publishability.AWAITING_CONFIRMATION, True)
    assert (seen.opens_on, seen.closes_on, seen.offline_on, seen.repair_from_on) == (None, None, None, None)
    assert ground in seen.grounds


def test_a_fact_that_no_governing_rule_asks_for_is_not_missed(packs: Packs) -> None:
    assert window(penalty("2020-05-01", fine=None), packs, "2020-06-01").publishability is Publishability.SHOWN
    foreign = penalty("2026-05-01", authority_region="")
    assert window(foreign, packs, "2026-05-01").publishability is Publishability.SHOWN


def test_a_long_term_licence_never_goes_offline_within_the_calendar(packs: Packs) -> None:
    licence = penalty("2024-05-01", kind=RecordKind.LICENCE, valid_until=date.max, penalty_types=frozenset(), fine=None)
    seen = window(licence, packs, "2026-05-01")
    assert (seen.publishability, seen.closes_on, seen.offline_on) == (Publishability.SHOWN, date.max, date.max)
    turned = penalty("2024-05-01", kind=RecordKind.LICENCE, valid_until=date(2024, 4, 30))
    assert window(turned, packs, "2026-05-01").grounds == ("inconsistent:valid_until",)
