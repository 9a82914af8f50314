"""How far a reconciliation has read: of what was expected, and never as if more than expected were all there is."""

from pathlib import Path
from typing import Any

import pytest

from services.accounts.roles import Role
from services.sync.reconciliation.api.views import RunView
from tests.support.dashboard import Asgi, answering, dashboard_house

RUN = "a" * 32
AT = "2026-11-01T00:00:00Z"


def _sync(listed: int, expected: int) -> Asgi:
    run = dict.fromkeys(RunView.model_fields) | {"run_id": RUN, "portal": "credit_china", "state": "scanning"}
    counts = dict.fromkeys(("drifts", "held", "unsettled", "unanswered"), 0)
    run |= counts | {"listed": listed, "mode": "dry_run", "method": "export", "requested_by": "li", "requested_at": AT}
    far = {"state": "scanning", "listed": listed, "expected": expected, "rate": 50.0, "seconds_left": 2.0, "kinds": []}
    told: dict[str, Any] = {f"/v1/reconciliations/{RUN}": run, f"/v1/reconciliations/{RUN}/progress": far}

    @answering
    def sync(path: str, _query: str) -> Any:
        return told.get(path, {"items": [], "next": None})

    return sync


async def _page(tmp_path: Path, listed: int, expected: int) -> str:
    async with dashboard_house(tmp_path, {"sync": _sync(listed, expected)}) as house:
        house.person("person", Role.SUPERVISOR)
        await house.sign_in("person")
        answer = await house.browser.get(f"/reconciliations/{RUN}")
    assert answer.status_code == 200, answer.text
    return answer.text


async def test_what_was_read_is_shown_of_what_was_expected(tmp_path: Path) -> None:
    text = await _page(tmp_path, listed=900, expected=1000)
    assert '<progress max="1000" value="900"' in text and "900 / 1,000" in text


@pytest.mark.parametrize(
    ("expected", "said"), [(1000, "已读 1,200 条 · 预计 1,000 条 · 多出 200 条"), (0, "预计 0 条 · 多出 1,200 条")]
)
async def test_a_reading_that_finds_more_than_was_expected_says_how_much_more(
    tmp_path: Path, expected: int, said: str
) -> None:
    text = await _page(tmp_path, listed=1200, expected=expected)
    assert said in text and "1,200 / 1,200" not in text
    bar = text.partition("<progress")[2].partition(">")[0]
    assert "value=" not in bar, "nobody knows how far it is"
