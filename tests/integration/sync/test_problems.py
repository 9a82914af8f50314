"""Orders that wait for a person: counted by cause, settled with a reason, and never more at once than one may."""

import json
from collections.abc import AsyncIterator
from datetime import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from services.sync.app import create_app
from services.sync.channel import ChannelHeld
from services.sync.domain.channel import QuietHours
from services.sync.push import PushDesk
from services.sync.settings import SyncSettings
from shared.clock import SystemClock
from shared.database.mechanics import audit_entry
from shared.ids import new_id
from tests.support.portal_fake import Act
from tests.support.sync_house import CHINA, MINUTE, SyncHouse, offline, online, record, record_id
from tests.support.web import AUDIENCE, ISSUER, TestIssuer, calling

REFUSED = f"/v1/push-problems/{CHINA}/STALE_OR_WRONG"


class Operator:
    """A caller with a fresh idempotency key for every change."""

    def __init__(self, client: httpx.AsyncClient, headers: dict[str, str]) -> None:
        self._client, self._headers = client, headers

    async def get(self, path: str) -> Any:
        answer = await self._client.get(path, headers=self._headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def post(self, path: str, **body: Any) -> httpx.Response:
        return await self._client.post(path, json=body, headers=self._headers | {"Idempotency-Key": new_id()})


@pytest.fixture
async def callers(house: SyncHouse, tmp_path: Path) -> AsyncIterator[dict[str, Operator]]:
    """An operator, and a supervisor who may also approve."""
    issuer = TestIssuer()
    keys = tmp_path / "jwks.json"
    keys.write_text(json.dumps({"keys": [key.as_dict(private=False) for key in issuer.keys]}))
    settings = SyncSettings(issuer=ISSUER, audience=AUDIENCE, jwks=str(keys), data_dir=tmp_path)
    now = int(SystemClock().now().timestamp())
    times = {"nbf": now - 1, "exp": now + 600}
    async with calling(create_app(settings, house.database)) as client:
        yield {
            "operator": Operator(client, issuer.bearer(scope="sync:read sync:operate", **times)),
            "supervisor": Operator(client, issuer.bearer(scope="sync:read sync:operate sync:approve", **times)),
        }


@pytest.fixture
def operator(callers: dict[str, Operator]) -> Operator:
    return callers["operator"]


async def _refused(house: SyncHouse, *numbers: int) -> None:
    for number in numbers:
        house.china.plan(record(number), Act.REFUSE)
    await house.hear(*(online(number) for number in numbers))
    await house.push()
    await house.look()


def _told(publications: int) -> dict[str, int]:
    return {"orders": publications, "publications": publications, "take_downs": 0, "take_downs_left_out": 0}


async def test_refused_and_disobeyed_orders_are_counted_by_their_cause(house: SyncHouse, operator: Operator) -> None:
    await house.publish(9)
    await _refused(house, 1, 2)
    house.china.plan(record(9), *[Act.KEEP] * 9)
    await house.hear(offline(9))
    await house.settle(rounds=60, step=MINUTE)
    groups = {group["cause"]: group for group in await operator.get("/v1/push-problems") if group["portal"] == CHINA}
    assert {cause: (group["take_downs"], group["publications"]) for cause, group in groups.items()} == {
        "STALE_OR_WRONG": (0, 2),
        "not_obeyed": (1, 0),
    }
    assert all(group["advice"] for group in groups.values())
    page = await operator.get(f"{REFUSED}?total=true")
    assert page["total"] == {"items": 2, "or_more": False}
    assert [item["record_id"] for item in page["items"]] == [record_id(1), record_id(2)]


async def test_a_retry_is_tried_dry_first_and_then_orders_anew(house: SyncHouse, operator: Operator) -> None:
    await _refused(house, 1, 2)
    dry = await operator.post(REFUSED, remedy="retry", reason="映射已更正", dry_run=True)
    assert dry.json() == {**_told(2), "dry_run": True}
    assert (await house.placement(1)).refusal
    done = await operator.post(REFUSED, remedy="retry", reason="映射已更正", record_ids=[record_id(1)])
    assert done.json() == {**_told(1), "dry_run": False}
    await house.heard()
    await house.settle(rounds=3)
    assert [await house.green(number) for number in (1, 2)] == [True, False]
    rows = await house.rows(select(audit_entry).where(audit_entry.c.action == "orders.retried"))
    assert [(row.reason, row.record_id, row.effect_rows) for row in rows] == [("映射已更正", record_id(1), 1)]


async def test_what_is_set_aside_stays_red_is_not_sent_and_can_be_taken_up_again(
    house: SyncHouse, operator: Operator
) -> None:
    await _refused(house, 1)
    await operator.post(REFUSED, remedy="skip", reason="等待信用中国答复")
    sent = len(house.china.pushed)
    await house.settle(rounds=10, step=MINUTE)
    assert len(house.china.pushed) == sent
    assert not await house.green(1)
    await operator.post(f"/v1/push-problems/{CHINA}/skipped", remedy="retry", reason="已答复")
    await house.heard()
    await house.settle(rounds=3)
    assert await house.green(1)


async def test_more_than_the_limit_needs_somebody_who_may_approve(
    house: SyncHouse, callers: dict[str, Operator]
) -> None:
    await _refused(house, *range(1, 53))
    refused = await callers["operator"].post(REFUSED, remedy="retry", reason="映射已更正")
    assert refused.status_code == 403
    assert refused.json()["type"].endswith("too-many-at-once")
    assert (await house.placement(1)).refusal
    done = await callers["supervisor"].post(REFUSED, remedy="retry", reason="映射已更正")
    assert done.json()["orders"] == 52


@pytest.mark.parametrize(
    "body",
    [
        {"remedy": "retry"},
        {"remedy": "retry", "reason": "   "},
        {"remedy": "forget", "reason": "x"},
        {"remedy": "retry", "reason": "x", "record_ids": ["../etc"]},
    ],
)
async def test_a_settlement_without_reason_or_sense_changes_nothing(
    house: SyncHouse, operator: Operator, body: dict[str, Any]
) -> None:
    await _refused(house, 1)
    answer = await operator.post(REFUSED, **body)
    assert answer.status_code == 422
    assert (await house.placement(1)).refusal


async def test_a_stopped_channel_sends_nothing_until_it_is_started(house: SyncHouse, operator: Operator) -> None:
    await operator.post(f"/v1/channels/{CHINA}", to="stopped", reason="接口变更")
    await house.hear(online(1), online(2))
    with pytest.raises(ChannelHeld):
        await PushDesk(house.database, house.clock, house.china).push(2)
    view = {one["portal"]: one for one in await operator.get("/v1/channels")}[CHINA]
    assert view["stopped_by"].endswith("接口变更")
    assert (view["publications"]["waiting"], view["take_downs"]["waiting"]) == (2, 0)
    assert house.china.pushed == []
    await operator.post(f"/v1/channels/{CHINA}", to="started", reason="已适配")
    await PushDesk(house.database, house.clock, house.china).push(2)
    assert len(house.china.pushed) == 2


async def test_nothing_is_sent_in_the_hours_of_maintenance_and_no_breaker_opens(
    house: SyncHouse, operator: Operator
) -> None:
    """The clock stands at 09:00 in Shanghai."""
    await house.hear(online(1))
    desk = PushDesk(house.database, house.clock, house.china, QuietHours(time(8, 30), time(9, 30)))
    with pytest.raises(ChannelHeld):
        await desk.push(1)
    assert house.china.requests == []
    assert {one["breaker"] for one in await operator.get("/v1/channels")} == {"closed"}
    house.clock.advance(30 * MINUTE)
    await desk.push(1)
    assert len(house.china.pushed) == 1
