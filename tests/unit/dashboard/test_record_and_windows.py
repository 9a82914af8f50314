"""The pure parts of the pages about one record, one run and the calendar."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from services.sync.dashboard.dossier import Clerk, Gathered, flat
from services.sync.dashboard.pages.calendar import spans
from services.sync.dashboard.pages.reconciliations import decides
from services.sync.dashboard.pages.records import check_url_of, is_gone
from services.sync.dashboard.pages.windows import calendar_of, sums_of
from services.sync.dashboard.reading import Reading
from services.sync.dashboard.shown import Shown
from services.sync.dashboard.texts import Lang

MONDAY = date(2026, 11, 16)
TODAY = date(2026, 11, 18)


def _days(records: dict[int, int], off: set[int], count: int = 84) -> list[dict[str, Any]]:
    return [
        {
            "day": (MONDAY + timedelta(days=at)).isoformat(),
            "records": records.get(at, 0),
            "working": at not in off,
            "announced": True,
        }
        for at in range(count)
    ]


def test_a_calendar_marks_today_holidays_and_days_made_up() -> None:
    weeks = calendar_of(_days({1: 2, 3: 9, 5: 4}, off={3, 6}), TODAY)
    assert [len(row) for row in weeks] == [12] * 7
    tuesday, thursday, saturday = weeks[1][0], weeks[3][0], weeks[5][0]
    assert (tuesday["heat"], tuesday["past"]) == (1, True)
    assert (thursday["heat"], thursday["holiday"], thursday["alarm"]) == (3, True, True)
    assert (saturday["heat"], saturday["made_up"]) == (2, True)
    assert weeks[2][0]["today"] and not weeks[6][0]["made_up"]


def test_the_fullest_day_is_one_that_is_still_to_come() -> None:
    sums = sums_of(_days({0: 50, 4: 3, 8: 7}, off=set()), TODAY)
    assert (sums["this"], sums["next"], sums["peak"]["records"]) == (53, 7, 7)
    assert sums_of([], TODAY)["peak"] is None


def test_days_off_that_follow_each_other_are_told_as_one_holiday() -> None:
    days = ["2025-12-31", "2026-01-01", "2026-02-28", "2026-03-01", "2026-05-01"]
    assert spans(days) == [("2025-12-31", "2026-01-01"), ("2026-02-28", "2026-03-01"), ("2026-05-01", "2026-05-01")]
    assert spans([]) == []


@pytest.mark.parametrize(
    ("approvals", "person", "what"),
    [
        ([], "a", "propose"),
        ([{"state": "expired", "proposed_by": "a"}], "a", "propose"),
        ([{"state": "proposed", "proposed_by": "a"}], "a", "wait"),
        ([{"state": "proposed", "proposed_by": "a"}], "b", "decide"),
        ([{"state": "approved", "proposed_by": "a", "decided_by": "b"}], "b", "nothing"),
        ([{"state": "done", "proposed_by": "a", "decided_by": "b"}], "b", "propose"),
        ([{"state": "rejected", "proposed_by": "a", "decided_by": "a"}], "a", "propose"),
        ([{"state": "rejected", "proposed_by": "a", "decided_by": "b"}], "a", "nothing"),
    ],
)
def test_who_proposed_does_not_decide(approvals: list[dict[str, str]], person: str, what: str) -> None:
    assert decides(Reading("sync", approvals), person, 5) == what
    assert decides(Reading("sync", why="down"), person, 5) == "nothing"


@pytest.mark.parametrize("state", ["expired", "done"])
def test_where_no_difference_waits_any_more_there_is_nothing_to_propose(state: str) -> None:
    assert decides(Reading("sync", [{"state": state, "proposed_by": "a", "decided_by": "b"}]), "a", 0) == "nothing"
    assert decides(Reading("sync", []), "a", 0) == "nothing"


@pytest.mark.parametrize(
    ("placements", "gone"),
    [
        ([], False),
        ([("offline", True)], True),
        ([("offline", True), ("offline", False)], False),
        ([("online", True)], False),
    ],
)
def test_a_record_is_gone_when_every_entry_was_seen_gone(placements: list[tuple[str, bool]], gone: bool) -> None:
    reading = Reading("sync", [{"wanted": wanted, "agreed": agreed} for wanted, agreed in placements])
    assert is_gone(reading) is gone


def test_the_address_of_a_certificate_is_found_in_its_document() -> None:
    url = "https://example.test/certificates/1"
    assert check_url_of({"payload": [{"certificate_id": "1"}, {"check": url}]}) == url
    assert check_url_of({"check": "javascript:/certificates/1"}) is None


def test_a_document_becomes_lines_and_empty_values_are_left_out() -> None:
    assert flat({"a": {"b": 1, "c": None}, "d": ["x", "y"], "e": [{"f": "g"}], "h": ""}) == [
        ("a.b", "1"),
        ("d", "x, y"),
        ("e[0].f", "g"),
    ]


def test_what_a_service_did_not_answer_stands_in_the_evidence() -> None:
    down, absent = Reading("sync", why="down"), Reading("ingest", why="absent")
    gathered = Gathered(absent, down, down, down, down, down, {"sync": down}, {"sync": down}, [])
    sections = Clerk("zh", Shown("zh", datetime(2026, 11, 18, tzinfo=UTC))).sections(gathered)
    assert sections[0].note == "无。"
    assert all("没有应答" in section.note or "未能取得" in section.note for section in sections[1:])


def test_the_evidence_of_a_licence_tells_yes_and_no_and_lists_services_as_its_reader_writes() -> None:
    down = Reading("sync", why="down")
    licence = Reading("ingest", {"record": {"detail": {"kind": "licence", "valid": True}}})
    gathered = Gathered(licence, down, down, down, down, down, {}, {"ingest": down, "sync": down}, [])
    told: tuple[tuple[Lang, str, str], ...] = (("zh", "是", "归集服务、同步服务"), ("en", "yes", "ingest, sync"))
    for lang, said, listed in told:
        sections = Clerk(lang, Shown(lang, datetime(2026, 11, 18, tzinfo=UTC))).sections(gathered)
        assert [value for path, value in sections[0].rows if "valid" in path] == [said]
        assert listed.lower() in sections[-1].note.lower()
