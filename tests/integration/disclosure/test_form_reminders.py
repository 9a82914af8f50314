"""Whoever files a monthly form is reminded once, on the last working day before it is due (question Q12)."""

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from services.disclosure.forms.remind import FormRoom, remind_of_forms
from services.disclosure.forms.tables import form_reminder
from services.disclosure.forms.timers import timers
from services.disclosure.metrics import FORMS_OVERDUE
from services.disclosure.notices.channel import FileChannel, FormReminder
from services.disclosure.rules import load_law
from tests.support.register import OPERATE, move_to
from tests.support.services import RunningService

UNITS = ("320600", "320000")


class Remembering:
    """A channel that keeps what it was given, and fails as often as it is told to."""

    name = "memory"

    def __init__(self, failures: int = 0) -> None:
        self.keys: list[str] = []
        self._failures = failures

    async def send(self, reminders: Sequence[FormReminder]) -> None:
        if self._failures:
            self._failures -= 1
            raise OSError("the disk is full")
        self.keys += [one.key for one in reminders]


def room(disclosure: RunningService, channel: Any, units: tuple[str, ...] = UNITS) -> FormRoom:
    return FormRoom(disclosure.database, disclosure.clock, load_law(), channel, units)


async def duties(disclosure: RunningService, query: str = "") -> list[dict[str, Any]]:
    answer = await disclosure.get(f"/v1/form-reminders?{query}")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


async def test_form_a_is_reminded_of_before_the_22nd_and_form_b_before_the_25th_each_once(
    disclosure: RunningService,
) -> None:
    sent = Remembering()
    seen: dict[int, list[str]] = {}
    for day in range(16, 31):  # 22 November 2026 is a Sunday, the 25th a Wednesday
        move_to(disclosure, date(2026, 11, day))
        for _ in range(2):
            await remind_of_forms(room(disclosure, sent))
        seen |= {day: sent.keys} if sent.keys else {}
        sent.keys = []
    assert seen == {20: ["form-A-320600-2026-11"], 24: ["form-B-320000-2026-11"]}
    assert [(one["form"], one["due_on"], one["remind_on"], one["outcome"]) for one in await duties(disclosure)] == [
        ("B", "2026-11-25", "2026-11-24", "sent"),
        ("A", "2026-11-22", "2026-11-20", "sent"),
    ]


async def test_the_reminder_is_a_file_with_the_month_that_is_counted(
    disclosure: RunningService, tmp_path: Path
) -> None:
    move_to(disclosure, date(2026, 11, 20))
    [timer] = timers(room(disclosure, FileChannel(tmp_path / "out")), 600.0)
    assert await timer.job() == 1
    assert await timer.job() == 0
    written = json.loads((tmp_path / "out" / "form-A-320600-2026-11.json").read_text(encoding="utf-8"))
    assert (written["unit"], written["due_on"]) == ("320600", "2026-11-22")
    text = (tmp_path / "out" / "form-A-320600-2026-11.txt").read_text(encoding="utf-8")
    lines = [
        "月报表填报提醒",
        "南通市：",
        "2026-11的A表（统计月 2026-10-21 至 2026-11-20）应当于 2026-11-22 前（含当日）报送。",
    ]
    assert text == "\n".join((*lines, ""))


async def test_a_form_that_was_filed_needs_no_reminder_and_who_filed_it_stands_beside_it(
    disclosure: RunningService,
) -> None:
    move_to(disclosure, date(2026, 11, 21))
    filed = await disclosure.post("/v1/forms/A/reports?unit=320600&month=2026-11", {}, scope=OPERATE, sub="clerk-7")
    assert filed.status_code == 201, filed.text
    sent = Remembering()
    await remind_of_forms(room(disclosure, sent))
    assert sent.keys == []
    [one] = await duties(disclosure)
    assert (one["outcome"], one["filed_by"]) == ("not_needed", "clerk-7")
    assert one["filed_at"] is not None
    await disclosure.post("/v1/forms/B/reports?unit=320000&month=2026-11", {}, scope=OPERATE, sub="clerk-8")
    reports = (await disclosure.get("/v1/form-reports?month=2026-11")).json()["items"]
    assert [(one["form"], one["filed_by"]) for one in reports] == [("B", "clerk-8"), ("A", "clerk-7")]
    [only] = (await disclosure.get("/v1/form-reports?form=A&unit=320600")).json()["items"]
    assert only["report_id"] == filed.json()["report_id"]


async def test_a_form_that_nobody_files_is_counted_as_overdue(disclosure: RunningService) -> None:
    sent = Remembering()
    move_to(disclosure, date(2026, 11, 20))
    await remind_of_forms(room(disclosure, sent))
    move_to(disclosure, date(2026, 11, 22))
    await remind_of_forms(room(disclosure, sent))
    assert FORMS_OVERDUE._value.get() == 0
    move_to(disclosure, date(2026, 11, 23))
    await remind_of_forms(room(disclosure, sent))
    assert FORMS_OVERDUE._value.get() == 1


async def test_a_channel_that_fails_loses_no_reminder_of_a_form(disclosure: RunningService) -> None:
    broken = Remembering(failures=1)
    move_to(disclosure, date(2026, 11, 20))
    with pytest.raises(OSError, match="full"):
        await remind_of_forms(room(disclosure, broken))
    move_to(disclosure, date(2026, 11, 28))  # a week later it still waits
    assert await remind_of_forms(room(disclosure, broken)) == 1
    assert broken.keys == ["form-A-320600-2026-11"]


async def test_a_house_that_slept_through_the_due_day_does_not_remind_of_the_past(disclosure: RunningService) -> None:
    move_to(disclosure, date(2026, 11, 26))
    assert await remind_of_forms(room(disclosure, Remembering())) == 0
    assert await disclosure.rows(form_reminder) == []


async def test_reminders_come_page_by_page(disclosure: RunningService) -> None:
    cities = ("320100", "320200", "320400", "320600")
    move_to(disclosure, date(2026, 11, 20))
    await remind_of_forms(room(disclosure, Remembering(), cities))
    first = (await disclosure.get("/v1/form-reminders?limit=3")).json()
    second = (await disclosure.get(f"/v1/form-reminders?limit=3&cursor={first['next']}")).json()
    assert [one["unit"] for one in (*first["items"], *second["items"])] == sorted(cities, reverse=True)
    assert second["next"] is None
    for cursor in ("WyIxIl0", "WzEsMiwzXQ"):
        assert (await disclosure.get(f"/v1/form-reminders?cursor={cursor}")).status_code == 422
