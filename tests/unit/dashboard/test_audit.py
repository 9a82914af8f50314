"""Four logs read as one: newest first, nothing left out between two pages, and a silent one hides no other."""

from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

import pytest

from services.sync.dashboard.pages.audit import merged, reason_of, subject_of
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
    assert hrefs == ["/records/r1", "/subscribers/s1", "/reconciliations/run1", "/policy"]


def test_an_act_on_a_case_leads_to_the_case_and_not_to_its_record() -> None:
    case = "01a2046c1e87799ab98718989428edae"
    for action, page in (
        ("objection.filed", "objections"),
        ("repair_step.taken", "repair"),
        ("campaign.formed", "campaigns"),
    ):
        rows, _ = merged({"repair": _log("repair", "01", record_id="r1", subject=case, action=action)}, 4)
        assert rows[0]["href"] == f"/{page}/{case}"
    rows, _ = merged({"repair": _log("repair", "01", subject="2 applications", action="repairs.closed")}, 4)
    assert rows[0]["href"] is None


def test_the_program_tells_its_own_reasons_in_the_language_of_the_reader_and_leaves_those_of_people() -> None:
    assert reason_of("zh", "packaged with the program, version 2026.11") == "随程序提供的规则包，版本 2026.11"
    assert reason_of("en", "packaged with the program, version 2026.11") == "packaged with the program, version 2026.11"
    assert reason_of("zh", f"the rule files that come with creditsync {version('creditsync')}").startswith(
        "随程序提供的规则文件"
    )
    assert reason_of("zh", "专项行动") == "专项行动"
    assert reason_of("zh", None) == ""


@pytest.mark.parametrize(
    ("subject", "zh", "en"),
    [
        ("78 reminders", "78 条提醒", "78 reminders"),
        ("500 records", "500 条信息", "500 records"),
        ("2 applications", "2 件申请", "2 applications"),
        ("law revision 3", "规则包第 3 次采用", "adoption 3 of packs"),
        ("revision 3", "规则包第 3 次采用", "adoption 3 of packs"),
        ("credit_china", "信用中国", "Credit China"),
        ("penalty 11320100YL0000012J", "行政处罚 11320100YL0000012J", "penalty 11320100YL0000012J"),
        ("penalty", "行政处罚", "penalty"),
        ("subject-statuses", "主体登记状态", "statuses of subjects"),
        ("a" * 32, "a" * 32, "a" * 32),
        ("6 reminders and more", "6 reminders and more", "6 reminders and more"),
    ],
)
def test_what_several_things_are_called_is_told_in_the_language_of_the_reader(subject: str, zh: str, en: str) -> None:
    assert (subject_of("zh", subject), subject_of("en", subject)) == (zh, en)
