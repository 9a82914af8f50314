"""What the overview asks people to do, and that a service which is silent is never read as "nothing to do"."""

from datetime import UTC, date, datetime
from typing import Any, get_args

from services.sync.dashboard.attention import attention
from services.sync.dashboard.pages.overview import cards, nothing_yet, unheard
from services.sync.dashboard.reading import Reading
from services.sync.dashboard.texts import Lang, translate
from services.sync.dashboard.todo import Attention

NOW = datetime(2026, 11, 21, tzinfo=UTC)
TODAY = date(2026, 11, 21)
EMPTY: dict[str, Any] = {"items": [], "next": None}
QUARANTINE: dict[str, Any] = {"counts": {}, "rows": 0, "late": 0, "first_by": None}
SERIOUS: dict[str, Any] = {"steps": [], "reviews": 0, "closing": 0, "closing_by": "2026-12-21", "closes_on": None}
NEXT_YEAR = {"year": 2027, "needed": False, "needed_by": "2026-12-31"}


def _readings(**changed: Reading) -> dict[str, Reading]:
    none = {"credit_china": dict.fromkeys(("overdue", "failed", "differs", "moving", "stale", "same"), 0)}
    usual: dict[str, Any] = {
        "counts": {"portals": none},
        "problems": [],
        "overdue": EMPTY,
        "older": EMPTY,
        "runs": EMPTY,
        "awaiting": EMPTY,
        "quarantine": QUARANTINE,
        "serious": SERIOUS,
        "calendar": {"next_year": NEXT_YEAR},
        "queue": {"hurried": 0, "overdue": 0},
        "first_repair": EMPTY,
        "objections": [],
        "confirmations": {"records": 0, "hidden": 0, "first_by": None},
        "approvals": EMPTY,
        "forms": EMPTY,
        "subscribers": [],
        "enforcement": EMPTY,
        "unsigned": [],
        "channels": [],
        "health": [],
        "dead": [],
        **{f"parked_{one}": [] for one in ("ingest", "disclosure", "repair", "sync")},
    }
    return {name: Reading("sync", data) for name, data in usual.items()} | changed


def _asked(**changed: Any) -> list[Attention]:
    return attention(_readings(**{name: Reading("sync", data) for name, data in changed.items()}), TODAY)


def test_nothing_to_do_is_an_empty_strip() -> None:
    assert _asked() == []


def test_a_silent_service_without_a_panel_of_its_own_is_told_once() -> None:
    down = {name: Reading("ingest", why="down", since=NOW) for name in ("quarantine", "unsigned", "parked_ingest")}
    assert [one.service for one in unheard(_readings(**down, runs=Reading("sync", why="down", since=NOW)))] == [
        "ingest"
    ]
    assert unheard(_readings(quarantine=Reading("ingest", why="refused"))) == []


def test_before_the_first_record_nothing_is_called_well() -> None:
    assert nothing_yet(_readings()["counts"])
    assert not nothing_yet(Reading("sync", {"portals": {"credit_china": {"overdue": 0, "same": 1}}}))
    assert not nothing_yet(Reading("sync", why="down", since=NOW))


def test_what_should_be_gone_stands_first_and_leads_to_exactly_that() -> None:
    counts = {"credit_china": {"overdue": 2}, "credit_jiangsu": {"overdue": 1}}
    problems = [{"take_downs": 3, "publications": 1, "earliest_due_at": None}]
    found = _asked(counts={"portals": counts}, problems=problems)
    assert [(one.count, one.href) for one in found] == [(3, "/consistency?state=overdue"), (4, "/deliveries")]


def test_events_set_aside_in_any_service_are_one_line_and_a_silent_service_hides_no_other() -> None:
    silent = Reading("ingest", why="down", since=NOW)
    at = "2026-11-20T01:00:00Z"
    lines = Reading("repair", [{"events": 2, "oldest_at": at}, {"events": 3, "oldest_at": "2026-11-21T01:00:00Z"}])
    [found] = attention(_readings(parked_ingest=silent, parked_repair=lines, parked_sync=lines), TODAY)
    assert (found.count, found.href, found.since) == (10, "/deliveries/parked", at)


def test_dead_letters_of_all_queues_are_one_line() -> None:
    letters = [{"queue": "sync.calendar", "letters": 2}, {"queue": "repair.calendar", "letters": 1}]
    [found] = _asked(dead=letters)
    assert (found.count, found.href) == (3, "/deliveries/dead-letters")


def test_open_tasks_for_enforcement_are_counted_and_led_to() -> None:
    [found] = _asked(enforcement={"items": [{"opened_at": None}] * 3, "next": None})
    assert (found.shown, found.key, found.href) == ("3", "overview.todo_enforcement", "/enforcement")


def test_a_silent_service_asks_for_nothing_and_gives_no_card() -> None:
    silent = Reading("sync", why="down", since=NOW)
    readings = _readings(counts=silent, problems=silent, runs=silent)
    assert attention(readings, TODAY) == []
    assert cards(readings) == []


def test_each_thing_says_by_when_and_a_limit_that_ends_with_a_day_names_that_day() -> None:
    cell = {"state": "overdue", "due_at": "2026-11-18T16:00:00Z"}
    found = _asked(
        counts={"portals": {"credit_china": {"overdue": 1}}},
        overdue={"items": [{"cells": [cell, {"state": "same", "due_at": "2026-01-01T16:00:00Z"}]}], "next": None},
        problems=[{"take_downs": 1, "publications": 0, "earliest_due_at": "2026-11-24T16:00:00Z"}],
        queue={"hurried": 1, "overdue": 0},
        first_repair={"items": [{"limit": {"due_at": "2026-11-23T16:00:00Z"}}], "next": None},
        objections=[{"answer_due_at": "2026-11-25T16:00:00Z"}, {"answer_due_at": "2026-11-21T16:00:00Z"}],
        unsigned=[{"day": "2026-11-20"}, {"day": "2026-11-19"}],
    )
    assert [(one.key.removeprefix("overview.todo_"), one.by) for one in found] == [
        ("overdue", date(2026, 11, 18)),
        ("problems", date(2026, 11, 24)),
        ("repair", date(2026, 11, 23)),
        ("objections", date(2026, 11, 21)),
        ("unsigned", date(2026, 11, 19)),
    ]
    assert not any(one.can_wait(TODAY) for one in found)


def test_what_is_due_next_year_can_wait_unless_something_is_hidden_until_then() -> None:
    far, near = {"records": 2_000, "hidden": 0, "first_by": "2027-02-01"}, "2026-12-05"
    [one] = _asked(confirmations=far)
    assert (one.shown, one.by, one.can_wait(TODAY)) == ("2000", date(2027, 2, 1), True)
    [one] = _asked(confirmations=far | {"first_by": near})
    assert (one.by, one.can_wait(TODAY)) == (date(2026, 12, 5), False)
    [one] = _asked(confirmations=far | {"hidden": 1})
    assert (one.by, one.can_wait(TODAY)) == (None, False)


def test_a_monthly_form_is_asked_for_from_its_reminder_until_it_is_filed() -> None:
    form = {"filed_by": None, "remind_on": "2026-11-20", "due_on": "2026-11-25"}
    later, filed = form | {"remind_on": "2026-12-20"}, form | {"filed_by": "li"}
    [found] = _asked(forms={"items": [form, later, filed], "next": None})
    assert (found.count, found.href, found.by) == (1, "/forms", date(2026, 11, 25))


def test_a_subscriber_that_the_house_paused_is_somebodys_business_and_one_that_a_person_paused_is_not() -> None:
    house = {"state": "paused", "state_by": "system:sync.webhooks", "state_at": "2026-11-20T01:00:00Z"}
    person, well = house | {"state_by": "li"}, house | {"state": "active"}
    [found] = _asked(subscribers=[house, person, well])
    assert (found.count, found.since) == (1, "2026-11-20T01:00:00Z")


def test_records_that_wait_for_approval_are_led_to() -> None:
    [found] = _asked(approvals={"items": [{}] * 100, "next": "more"})
    assert (found.shown, found.href) == ("100+", "/approvals")


def test_rows_in_quarantine_say_by_when_they_are_reported_in_time_and_how_many_are_late() -> None:
    [found] = _asked(quarantine={"counts": {"V01": 5, "V02": 3}, "rows": 6, "late": 2, "first_by": "2026-11-25"})
    assert (found.shown, found.href, found.by, found.late) == ("6", "/quarantine", date(2026, 11, 25), 2)


def test_rows_that_are_late_already_cannot_wait_however_far_the_next_deadline_lies() -> None:
    rows = QUARANTINE | {"rows": 6, "first_by": "2026-12-30"}
    [found], [late] = _asked(quarantine=rows), _asked(quarantine=rows | {"late": 1})
    assert (found.can_wait(TODAY), late.can_wait(TODAY)) == (True, False)


def test_steps_of_the_serious_list_lead_to_their_state_with_a_day_or_since_when() -> None:
    step = {"state": "removal_applied", "entries": 2, "late": 1, "by": "2026-11-24", "provisional": False}
    told = step | {"state": "notified", "late": 0, "by": None}
    steps = [one | {"since_on": "2026-11-10"} for one in (step, told)]
    applied, notified = _asked(serious=SERIOUS | {"steps": steps})
    assert (applied.href, applied.by, applied.late) == ("/serious-list?state=removal_applied", date(2026, 11, 24), 1)
    assert (notified.by, notified.since) == (None, "2026-11-10T00:00:00+08:00")


def test_legal_reviews_and_entries_that_end_soon_lead_to_exactly_these() -> None:
    reviews, closing = _asked(serious=SERIOUS | {"reviews": 1, "closing": 3, "closes_on": "2026-12-12"})
    assert (reviews.count, reviews.href) == (1, "/serious-list?unreviewed=true")
    assert (closing.count, closing.href, closing.by) == (
        3, "/serious-list?closing_by=2026-12-21", date(2026, 12, 12),
    )  # fmt: skip


def test_the_year_that_deadlines_reach_into_is_named_with_the_day_by_which_it_is_needed() -> None:
    [found] = _asked(calendar={"next_year": NEXT_YEAR | {"needed": True}})
    assert (found.shown, found.href, found.by) == ("2027", "/calendar", date(2026, 12, 31))


def test_every_line_has_its_words() -> None:
    states = ("notified", "heard", "decided", "removal_applied", "removal_accepted")
    lines = [f"todo_list_{one}" for one in (*states, "reviews", "closing")] + ["todo_calendar", "late"]
    for lang in get_args(Lang):
        assert all(translate(lang)(f"overview.{line}", n=3) for line in lines)
