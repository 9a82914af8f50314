"""The figures of what waits at a portal: by lane, with the age of the oldest, and back at nothing afterwards."""

from datetime import timedelta

from prometheus_client import REGISTRY

from services.sync import channel
from services.sync.waiting import tell_waiting
from shared.messaging.unit_of_work import unit_of_work
from tests.support.sync_house import CHINA, SyncHouse, offline, online


def figure(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(name, {"portal": CHINA, **labels})


async def told(house: SyncHouse) -> dict[str, tuple[float | None, float | None]]:
    await tell_waiting(house.database, house.clock)
    return {
        lane: (figure("portal_orders_waiting", lane=lane), figure("portal_oldest_order_age_seconds", lane=lane))
        for lane in ("take_down", "publish")
    }


async def test_orders_that_wait_are_counted_by_lane_with_the_age_of_the_oldest(house: SyncHouse) -> None:
    await house.publish(1)
    await house.hear(online(2), online(3))
    house.clock.advance(timedelta(seconds=30))
    await house.hear(offline(1))
    house.clock.advance(timedelta(seconds=10))
    assert await told(house) == {"take_down": (1, 10), "publish": (2, 40)}
    await house.push()
    assert await told(house) == {"take_down": (0, 0), "publish": (0, 0)}


async def test_a_stopped_channel_shows_as_stopped_until_it_is_started(house: SyncHouse) -> None:
    async with unit_of_work(house.database, house.clock) as work:
        await channel.stop(work, CHINA, actor="operator", reason="works at the portal")
    await told(house)
    assert figure("portal_channel_stopped") == 1
    async with unit_of_work(house.database, house.clock) as work:
        await channel.start(work, CHINA, actor="operator", reason="works are over")
    await told(house)
    assert (figure("portal_channel_stopped"), figure("portal_breaker_open")) == (0, 0)
