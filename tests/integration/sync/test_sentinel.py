"""The sentinel: a portal whose answers have changed gets no more orders, and a good probe lets them go on."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import time, timedelta
from pathlib import Path

import httpx
import pytest
from prometheus_client import REGISTRY
from sqlalchemy import select, update
from structlog.testing import capture_logs

from services.sync import channel
from services.sync.channel import ChannelHeld, read_channels
from services.sync.domain.channel import SENTINEL, Channel, QuietHours
from services.sync.mock_portals.common.options import MockOptions
from services.sync.portals.base import PortalAdapter
from services.sync.portals.registry import create_adapter
from services.sync.push import PushDesk
from services.sync.sentinel import probe
from services.sync.tables import content, push_attempt
from services.sync.verify import verify
from shared.messaging.unit_of_work import unit_of_work
from shared.vocabulary import PORTALS_OF, Audience, Portal
from tests.conformance.portal_rig import CLOSES_ON, penalty, portal_options, running_mock
from tests.support.sync_house import CHINA, SyncHouse, online, record_id

MARKET = Portal.MARKET_SUPERVISION


@dataclass
class Post:
    """One real adapter, the mock behind it, and the sentinel that watches it."""

    house: SyncHouse
    adapter: PortalAdapter
    admin: httpx.AsyncClient

    async def rename(self, field: str, value: str, on: str) -> None:
        fault = {"name": "renamed", "field": field, "value": value, "on": on, "count": 1000}
        (await self.admin.put("/admin/faults", json={"faults": [fault]})).raise_for_status()

    async def mend(self) -> None:
        (await self.admin.put("/admin/faults", json={"faults": []})).raise_for_status()

    async def watch(self) -> Channel | None:
        await probe(self.house.database, self.house.clock, self.adapter)
        async with self.house.database.reading() as connection:
            return (await read_channels(connection)).get(self.adapter.portal)

    async def order(self, *numbers: int) -> None:
        audience = next(one for one, portals in PORTALS_OF.items() if self.adapter.portal in portals)
        await self.house.hear(
            *(
                online(n, audience=audience).model_copy(update={"record": penalty(n), "closes_on": CLOSES_ON})
                for n in numbers
            )
        )

    async def push(self) -> None:
        await PushDesk(self.house.database, self.house.clock, self.adapter).push(10)

    async def attempts(self) -> int:
        here = push_attempt.c.portal == self.adapter.portal
        return len(await self.house.rows(select(push_attempt.c.attempt_id).where(here)))


@pytest.fixture
async def post(house: SyncHouse, tmp_path: Path) -> AsyncIterator[Post]:
    options = MockOptions(tmp_path, clock=house.clock)
    headers = {"authorization": f"Bearer {options.admin_token}"}
    async with running_mock(MARKET, options) as port:
        adapter = create_adapter(MARKET, portal_options(options, port), house.clock)
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers, trust_env=False) as admin:
            post = Post(house, adapter, admin)
            await post.order(1, 2, 3)
            await post.push()
            await verify(house.database, house.clock, adapter)
            yield post
        await adapter.close()


def departed() -> float | None:
    return REGISTRY.get_sample_value("portal_contract_departed", {"portal": MARKET})


@pytest.mark.parametrize(("field", "value", "on"), [("罚款金额", "罚款数额", "public"), ("forms", "items", "wire")])
async def test_a_renamed_field_stops_the_orders_until_a_good_probe(post: Post, field: str, value: str, on: str) -> None:
    before = await post.watch()
    assert before is None or before.stopped_by is None
    await post.rename(field, value, on)
    stopped = await post.watch()
    assert stopped is not None
    assert stopped.stopped_by is not None
    assert stopped.stopped_by.startswith(f"{SENTINEL}: ")
    assert field in stopped.stopped_by
    assert departed() == 1
    pushed = await post.attempts()
    await post.order(*range(10, 20))
    with pytest.raises(ChannelHeld):
        await post.push()
    assert await post.attempts() == pushed
    await post.mend()
    again = await post.watch()
    assert again is not None
    assert (again.stopped_by, again.contract_faults, departed()) == (None, None, 0)
    post.house.clock.advance(timedelta(seconds=1))
    await post.push()
    assert await post.attempts() == pushed + 10


async def test_a_person_who_started_a_channel_in_spite_of_the_fault_is_not_overruled(post: Post) -> None:
    await post.rename("罚款金额", "罚款数额", "public")
    await post.watch()
    async with unit_of_work(post.house.database, post.house.clock) as work:
        await channel.start(work, MARKET, actor="operator", reason="the caption does not matter")
    seen = await post.watch()
    assert seen is not None
    assert (seen.stopped_by, departed()) == (None, 1)


async def test_a_portal_that_does_not_answer_proves_nothing(post: Post) -> None:
    down = {"faults": [{"name": "down", "count": 1000}]}
    (await post.admin.put("/admin/faults", json=down)).raise_for_status()
    seen = await post.watch()
    assert seen is None or seen.stopped_by is None


async def test_a_portal_that_lost_its_newest_records_goes_on_getting_orders(post: Post) -> None:
    """As after an old backup was restored: what is gone is drift, and only orders can mend it."""
    (await post.admin.post("/admin/misbehave", json={"action": "lose", "count": 10})).raise_for_status()
    seen = await post.watch()
    assert seen is None or seen.stopped_by is None
    pushed = await post.attempts()
    await post.order(4)
    await post.push()
    assert await post.attempts() == pushed + 1


async def test_a_portal_in_its_hours_of_maintenance_is_not_asked(house: SyncHouse) -> None:
    """The clock stands at 09:00 in Shanghai."""
    asked: list[int] = []
    house.china.on_ask = lambda: asked.append(1)
    quiet = QuietHours(time(8, 30), time(9, 30))
    await probe(house.database, house.clock, house.china, quiet)
    assert asked == []
    house.clock.advance(timedelta(minutes=30))
    await probe(house.database, house.clock, house.china, quiet)
    assert asked == [1]


async def test_only_records_that_were_seen_as_wanted_are_looked_at(house: SyncHouse) -> None:
    await house.publish(*range(1, 9))
    await house.take_down(8)
    await house.hear(online(9))
    await probe(house.database, house.clock, house.china)
    assert sorted(one.document_number for one in house.china.known) == [
        f"（苏通）应急罚〔2026〕{number}号" for number in range(2, 8)
    ]
    assert CHINA in PORTALS_OF[Audience.CREDIT_SITES]


@pytest.mark.parametrize("body", ["{}", "sealed with another key"])
async def test_a_newest_record_that_cannot_be_read_is_told_and_the_others_are_probed(
    house: SyncHouse, body: str
) -> None:
    """As its content would be that a newer program wrote: all portals would be without a sentinel until it is gone."""
    await house.publish(1, 2, 3)
    async with house.database.writing() as connection:
        await connection.execute(update(content).where(content.c.record_id == record_id(3)).values(body=body))
    house.china.contract_faults = ["detail: '罚款金额' is missing"]
    with capture_logs() as told:
        await probe(house.database, house.clock, house.china)
    assert [one.document_number for one in house.china.known] == [f"（苏通）应急罚〔2026〕{n}号" for n in (2, 1)]
    unreadable = {(line["portal"], line["record_id"]) for line in told if line["event"] == "content_unreadable"}
    assert unreadable == {(CHINA, record_id(3))}
    assert _unreadable() == 1
    async with house.database.reading() as connection:
        assert (await read_channels(connection))[CHINA].contract_faults == "detail: '罚款金额' is missing"
    house.china.contract_faults = []
    await probe(house.database, house.clock, house.china)
    await house.hear(online(3, 2))
    await house.settle(rounds=2)
    await probe(house.database, house.clock, house.china)
    assert len(house.china.known) == 3
    assert _unreadable() == 0


def _unreadable() -> float | None:
    return REGISTRY.get_sample_value("portal_newest_contents_unreadable", {"portal": CHINA})
