"""The page of events set aside: by cause, with an advice for each sort; a silent service greys its own part only."""

import csv
import io
from pathlib import Path
from typing import Any

from openpyxl import load_workbook

from services.accounts.roles import Role
from tests.support.dashboard import answering, dashboard_house

GROUP = {"events": 3, "oldest_at": "2026-11-01T00:00:00Z", "newest_at": "2026-11-02T00:00:00Z"}
GROUPS = [
    {"queue": "repair.calendar", "type": "calendar.year_loaded", "cause": "KeyError", **GROUP},
    {"queue": "repair.calendar", "type": "calendar.year_loaded", "cause": "0.data.year", **GROUP},
    {"queue": "repair.calendar", "type": "of.tomorrow", "cause": "0", **GROUP},
]


def event(number: int) -> dict[str, Any]:
    told = {"queue": "repair.calendar", "type": "calendar.year_loaded", "cause": "KeyError", "about": "=2027"}
    return {"parked_id": f"{number:032x}", "parked_at": "2026-11-01T00:00:00Z", **told}


def page_of(query: str) -> dict[str, Any] | None:
    """Three events on two pages; there is no third page, whoever asks for it."""
    if "cursor=broken" in query:
        return None
    if "cursor=two" in query:
        return {"items": [event(3)], "next": "broken" if "cause=Cut" in query else None}
    return {"items": [event(1), event(2)], "next": "two"}


@answering
def repair(path: str, query: str) -> Any:
    return page_of(query) if path == "/v1/parked-events/repair.calendar" else {"/v1/parked-events": GROUPS}.get(path)


async def test_causes_stand_apart_and_silent_services_hide_no_other(tmp_path: Path) -> None:
    async with dashboard_house(tmp_path, {"repair": repair}) as house:
        house.person("officer", Role.OPERATOR)
        await house.sign_in("officer")
        page = (await house.browser.get("/deliveries/parked")).text
        overview = (await house.browser.get("/")).text
        unknown = await house.browser.get("/deliveries/parked/nobody/repair.calendar")
    assert page.count("没有应答") == 3
    assert "没有搁置的事件" not in page
    stumbled, broken, unread = page.split("<tbody>")[1].split("</tbody>")[0].split("</tr>")[:3]
    assert "处理程序出错 <code>KeyError</code>" in stumbled and "放假安排载入" in stumbled
    assert "不符合事件约定，字段 <code>data.year</code>" in broken and "cause=0.data.year" in broken
    assert "不符合事件约定" in unread and "of.tomorrow" in unread
    assert "搁置的事件 9 个" in overview
    assert unknown.status_code == 422 and "没有这个页面" in unknown.text


async def test_a_list_is_exported_whole_and_one_that_broke_off_says_so(tmp_path: Path) -> None:
    path = "/deliveries/parked/repair/repair.calendar/export"
    async with dashboard_house(tmp_path, {"repair": repair}) as house:
        house.person("officer", Role.OPERATOR)
        await house.sign_in("officer")
        whole = await house.browser.get(f"{path}.csv?cause=KeyError")
        cut = await house.browser.get(f"{path}.csv?cause=Cut")
        sheet = await house.browser.get(f"{path}.xlsx?cause=KeyError")
        refused = await house.browser.get("/deliveries/parked/sync/sync.calendar/export.csv")
    rows = list(csv.reader(io.StringIO(whole.text.removeprefix("\ufeff"))))
    assert [row[-1] for row in rows[1:]] == [f"{number:032x}" for number in (1, 2, 3)]
    assert rows[1][-2] == "'=2027"
    assert "content-length" not in whole.headers
    assert len(cut.text.splitlines()) == 5 and cut.text.splitlines()[-1].startswith("读取中断")
    book = load_workbook(io.BytesIO(sheet.content)).active
    assert book is not None and book.max_row == 4
    assert refused.status_code == 503 and "没有应答" in refused.text
