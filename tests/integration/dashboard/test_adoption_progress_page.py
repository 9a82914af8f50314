"""While records are judged anew, the page of the packs shows how far that is, how fast, and how long it still takes."""

from pathlib import Path
from typing import Any

from services.accounts.roles import Role
from services.disclosure.policy.api import AdoptionView
from tests.support.dashboard import Asgi, answering, dashboard_house

AT = "2026-11-01T00:00:00Z"


def _adoption(revision: int, **known: Any) -> dict[str, Any]:
    told = {"version": "2026.11", "adopted_by": "law-officer", "reason": "法规调整", "adopted_at": AT}
    counts = dict.fromkeys(("judged", "taken_down", "shown", "changed"), 0)
    return dict.fromkeys(AdoptionView.model_fields) | {"revision": revision, **told, **counts, **known}


PROGRESS = {"judged": 3_000, "expected": 12_000, "records_per_second": 336.3, "seconds_left": 28.5}
ADOPTIONS = [_adoption(2, judged=3_000, progress=PROGRESS), _adoption(1, completed_at=AT)]


@answering
def disclosure(path: str, _query: str) -> Any:
    return {"items": ADOPTIONS, "next": None} if path == "/v1/policy/adoptions" else None


async def test_the_newest_adoption_has_a_bar_with_rate_and_remaining_time(tmp_path: Path) -> None:
    services: dict[str, Asgi] = {"disclosure": disclosure}
    async with dashboard_house(tmp_path, services) as house:
        house.person("person", Role.SUPERVISOR)
        await house.sign_in("person")
        text = (await house.browser.get("/policy")).text
    assert text.count('<progress max="12000" value="3000"') == 1
    said = text.partition('<progress max="12000"')[2].partition("</div>")[0]
    assert "3,000 / 12,000" in said and "25" in said and "每秒 336" in said and "约剩" in said, said
