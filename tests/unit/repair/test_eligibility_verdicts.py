"""Yes or no, every reason, the article behind it, and the first possible day."""

from dataclasses import replace
from datetime import date

import pytest

from services.repair.eligibility.domain.verdict import (
    Ground,
    Known,
    ListEntry,
    Shown,
    judge_entry,
    judge_record,
    unknown,
    worst,
)
from shared.vocabulary import Audience, Severity

TODAY = date(2027, 2, 1)
SITES, COLUMN = Audience.CREDIT_SITES, Audience.OWN_COLUMN
RECORD = "a" * 32


def shown(audience: Audience, day: date | None, severity: Severity | None = Severity.ORDINARY) -> Shown:
    return Shown(audience, day, f"article of {audience}", severity)


def known(*audiences: Shown, pending: bool = False, barred_until: date | None = None) -> Known:
    return Known("subject", "authority", audiences, pending, barred_until, "article of the bar")


def grounds(of: Known, today: date = TODAY) -> list[Ground]:
    return [one.ground for one in judge_record(RECORD, of, today).reasons]


@pytest.mark.parametrize("days", [[TODAY], [TODAY, date(2026, 12, 1)], [date(2020, 1, 1)]])
def test_on_the_latest_day_of_all_audiences_it_is_possible(days: list[date]) -> None:
    answer = judge_record(RECORD, known(*(shown(one, day) for one, day in zip(Audience, days, strict=False))), TODAY)
    assert (answer.eligible, answer.possible_from) == (True, max(days))
    [reason] = answer.reasons
    assert (reason.ground, reason.audience) == (Ground.POSSIBLE, Audience.OWN_COLUMN)
    assert reason.article == "article of own_column"


def test_a_day_before_it_is_too_early_and_the_day_is_told() -> None:
    of = known(shown(SITES, date(2027, 2, 2)), shown(COLUMN, date(2027, 1, 1)))
    answer = judge_record(RECORD, of, TODAY)
    assert (answer.eligible, answer.possible_from) == (False, date(2027, 2, 2))
    [reason] = answer.reasons
    assert (reason.ground, reason.audience, reason.article) == (Ground.TOO_EARLY, SITES, "article of credit_sites")
    assert "2027-02-02" in reason.sentence
    assert grounds(of, date(2027, 2, 2)) == [Ground.POSSIBLE]


@pytest.mark.parametrize(
    ("graver", "promised"), [(date(2027, 10, 31), "not before 2027-10-31"), (None, "on no day if it is confirmed")]
)
def test_while_a_graver_class_waits_no_sentence_promises_the_milder_day(graver: date | None, promised: str) -> None:
    of = replace(shown(SITES, date(2027, 2, 2)), needs_confirmation=True, confirmed_from_on=graver)
    answer = judge_record(RECORD, known(of), TODAY)
    [reason] = answer.reasons
    assert (answer.possible_from, reason.ground) == (graver, Ground.TOO_EARLY)
    assert promised in reason.sentence
    assert "2027-02-02" not in reason.sentence


def test_one_audience_that_never_lets_it_go_leaves_no_day() -> None:
    answer = judge_record(RECORD, known(shown(SITES, None, Severity.SERIOUS), shown(COLUMN, TODAY)), TODAY)
    assert (answer.eligible, answer.possible_from, answer.severity) == (False, None, Severity.SERIOUS)
    assert [(one.ground, one.article) for one in answer.reasons] == [(Ground.NEVER, "article of credit_sites")]


def test_every_reason_is_told_and_not_only_the_first() -> None:
    of = known(shown(SITES, None), shown(COLUMN, date(2028, 1, 1)), pending=True, barred_until=date(2029, 1, 1))
    assert grounds(of) == [Ground.NEVER, Ground.TOO_EARLY, Ground.BARRED, Ground.UNDER_APPLICATION]


def test_a_bar_moves_the_first_day_and_ends_with_its_own() -> None:
    of = known(shown(SITES, date(2026, 1, 1)), barred_until=date(2027, 2, 2))
    answer = judge_record(RECORD, of, TODAY)
    assert (answer.eligible, answer.possible_from) == (False, date(2027, 2, 2))
    assert [(one.ground, one.article) for one in answer.reasons] == [(Ground.BARRED, "article of the bar")]
    assert grounds(of, date(2027, 2, 2)) == [Ground.POSSIBLE]


def test_what_nobody_shows_has_nothing_to_repair() -> None:
    assert grounds(known()) == [Ground.NOT_SHOWN]


def test_what_is_unknown_says_nothing_else() -> None:
    answer = judge_record(RECORD, None, TODAY)
    assert answer == unknown(RECORD)
    assert (answer.eligible, answer.possible_from, answer.severity) == (False, None, None)


def test_the_gravest_class_counts() -> None:
    assert worst([Severity.MINOR, None, Severity.SERIOUS, Severity.ORDINARY]) is Severity.SERIOUS
    assert worst([None]) is None


@pytest.mark.parametrize(
    ("in_force", "under_way", "first_day", "ground", "possible_from"),
    [
        (True, False, TODAY, Ground.POSSIBLE, TODAY),
        (True, False, date(2027, 2, 2), Ground.TOO_EARLY, date(2027, 2, 2)),
        (True, False, None, Ground.NEVER, None),
        (True, True, TODAY, Ground.UNDER_APPLICATION, TODAY),
        (False, False, TODAY, Ground.NOT_SHOWN, None),
    ],
)
def test_an_entry_of_the_serious_list_has_its_own_clock(
    in_force: bool, under_way: bool, first_day: date | None, ground: Ground, possible_from: date | None
) -> None:
    entry = ListEntry("subject", "authority", in_force, under_way, date(2029, 1, 1), first_day, "令11")
    answer = judge_entry(RECORD, entry, TODAY)
    assert (answer.eligible, answer.possible_from) == (ground is Ground.POSSIBLE, possible_from)
    assert [one.ground for one in answer.reasons] == [ground]
    assert judge_entry(RECORD, None, TODAY) == unknown(RECORD)
