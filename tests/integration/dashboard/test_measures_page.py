"""Measures on a record's page: what stands is ended by hand with a reason, and its party is noted as told."""

from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request

from services.accounts.roles import Role
from tests.support.dashboard import DashboardHouse, dashboard_house

OWN = {"Origin": "http://127.0.0.1:8100"}
RECORD, MEASURE = "a" * 32, "b" * 32


class Repair:
    """A stand-in for repair: one measure on one record, and what was asked of it."""

    def __init__(self) -> None:
        self.measure: dict[str, Any] = {
            "measure_id": MEASURE, "record_id": RECORD, "kind": "sanction", "party": "样例协会", "what": "暂停评优",
            "began_on": "2026-02-01", "noted_by": "li", "ended_at": None, "ended_because": None, "ended_by": None,
            "lifted_by": None, "lifted_reason": None, "told_by": None, "told_at": None, "told_how": None,
        }  # fmt: skip
        self.app = FastAPI()
        self.app.get("/v1/measures")(self.on_record)
        self.app.post("/v1/measures/{measure_id}/end")(self.end)
        self.app.post("/v1/measures/{measure_id}/told")(self.told)

    async def on_record(self, record_id: str) -> list[dict[str, Any]]:
        return [self.measure] if record_id == RECORD else []

    async def end(self, measure_id: str, request: Request) -> dict[str, str]:
        reason = (await request.json())["reason"]
        ended = {"ended_at": "2026-03-02T01:00:00Z", "ended_because": "lifted", "lifted_reason": reason}
        self.measure |= ended | {"lifted_by": "li"}
        return {"measure_id": measure_id}

    async def told(self, measure_id: str, request: Request) -> dict[str, str]:
        self.measure |= {"told_at": "2026-03-02T01:00:00Z", "told_how": (await request.json())["how"]}
        return {"measure_id": measure_id}


async def _page(house: DashboardHouse) -> str:
    answer = await house.browser.get(f"/records/{RECORD}")
    assert answer.status_code == 200
    return answer.text


async def _post(house: DashboardHouse, step: str, **fields: str) -> None:
    address = f"/records/{RECORD}/measures/{MEASURE}/{step}"
    answer = await house.browser.post(address, data={"key": "k" * 20, **fields}, headers=OWN)
    assert answer.status_code == 303, answer.text


async def test_an_operator_ends_a_measure_by_hand_and_notes_that_its_party_was_told(tmp_path: Path) -> None:
    repair = Repair()
    async with dashboard_house(tmp_path, {"repair": repair.app}) as house:
        house.person("operator", Role.OPERATOR)
        await house.sign_in("operator")
        address = f'action="/records/{RECORD}/measures/{MEASURE}/'
        page = await _page(house)
        assert "样例协会" in page and f'{address}end"' in page and f'{address}told"' not in page
        await _post(house, "end", reason="协会已撤销")
        page = await _page(house)
        assert (
            "人工解除" in page and "协会已撤销" in page and f'{address}told"' in page and f'{address}end"' not in page
        )
        await _post(house, "told", how="函告")
        page = await _page(house)
        assert "函告" in page and address not in page


async def test_who_only_looks_sees_what_stands_and_has_no_button(tmp_path: Path) -> None:
    async with dashboard_house(tmp_path, {"repair": Repair().app}) as house:
        house.person("viewer", Role.VIEWER)
        await house.sign_in("viewer")
        assert f'action="/records/{RECORD}/measures/' not in await _page(house)
