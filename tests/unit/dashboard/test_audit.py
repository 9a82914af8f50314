"""Four logs read as one: newest first, nothing left out between two pages, and a silent one hides no other."""

from datetime import UTC, datetime
from typing import Any

from services.sync.dashboard.pages.audit import merged
from services.sync.dashboard.reading import Reading
from shared.web.pagination import decoded


def _log(service: str, *entries: str, more: str | None = None, **told: Any) -> Reading:
    usual = {"record_id": None, "subject": "s", "action": "batch.judged"} | told
    return Reading(service, {"items": [{"entry_id": one, **usual} for one in entries], "next": more})


def test_entries_of_all_logs_stand_newest_first_and_the_next_page_begins_after_the_last_of_them() -> None:
    logs = {"ingest": _log("ingest", "09", "04", "02"), "sync": _log("sync", "08", "07", "01")}
    rows, following = merged(logs, 4)
    assert [(row["entry_id"], row["service"]) for row in rows] == [
        ("09", "ingest"), ("08", "sync"), ("07", "sync"), ("04", "ingest"),
    ]  # fmt: skip
    assert following is not None
    assert decoded(following) == ["04"]


def test_a_log_that_has_more_than_it_gave_leads_to_another_page_and_the_last_page_to_none() -> None:
    assert merged({"sync": _log("sync", "02", more="x")}, 4)[1] is not None
    assert merged({"sync": _log("sync", "02")}, 4)[1] is None
    assert merged({"sync": _log("sync")}, 4) == ([], None)


def test_a_silent_log_hides_no_other() -> None:
    silent = Reading("repair", why="down", since=datetime(2026, 11, 22, tzinfo=UTC))
    rows, _ = merged({"repair": silent, "sync": _log("sync", "01")}, 4)
    assert [row["service"] for row in rows] == ["sync"]


def test_what_was_acted_on_is_led_to_where_there_is_a_page_for_it() -> None:
    acts = [
        _log("sync", "04", record_id="r1", subject="r1"),
        _log("sync", "03", subject="subscriber/s1", action="subscriber.paused"),
        _log("sync", "02", subject="run1", action="reconciliation.requested"),
        _log("sync", "01", subject="law revision 1"),
    ]
    hrefs = [merged({"sync": one}, 4)[0][0]["href"] for one in acts]
    assert hrefs == ["/records/r1", "/subscribers/s1", "/reconciliations/run1", None]
