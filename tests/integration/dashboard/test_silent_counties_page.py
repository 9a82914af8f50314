"""The page of the data-sharing list names the counties of which nothing comes, with who answers there."""

from pathlib import Path
from typing import Any

from services.accounts.roles import Role
from tests.support.dashboard import answering, dashboard_house


def county(name: str, silent: int) -> dict[str, Any]:
    return {
        "county": "320481",
        "name": name,
        "source": "city-system",
        "last_received_on": "2026-10-23",
        "expected_working_days": 5,
        "silent_working_days": silent,
        "is_silent": silent >= 5,
        "is_provisional": False,
        "departments": [f"{name}应急管理局"],
    }


@answering
def ingest(path: str, _query: str) -> Any:
    """Answers for its counties, and for the sources with none; everything else is not there."""
    known: dict[str, Any] = {
        "/v1/data-sharing/counties": [county("溧阳市", 6), county("武进区", 0)],
        "/v1/data-sharing/sources": {"items": [], "next": None},
    }
    return known.get(path)


async def test_a_silent_county_stands_on_the_page_with_its_department(tmp_path: Path) -> None:
    async with dashboard_house(tmp_path, {"ingest": ingest}) as house:
        house.person("officer", Role.SUPERVISOR)
        await house.sign_in("officer")
        page = (await house.browser.get("/data-sharing")).text
    silent, after = page.split("溧阳市</th>")[1].split("</tr>", 1)
    assert "已 6 个工作日未报" in silent
    assert "溧阳市应急管理局" in silent
    assert "按时" in after.split("武进区</th>")[1].split("</tr>", 1)[0]
