"""The figures of what waits at a portal: by lane, with the age of the oldest, and back at nothing afterwards."""

from datetime import timedelta

from prometheus_client import REGISTRY

from services.sync import channel
from services.sync.domain.channel import Pace
from services.sync.waiting import tell_waiting
from shared.messaging.unit_of_work import unit_of_work
from shared.vocabulary import Portal, TakeDownReason
from tests.support.portal_fake import Act
from tests.support.sync_house import CHINA, START, SyncHouse, offline, online, record

PACES = {portal: Pace() for portal in Portal}


def figure(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(name, {"portal": CHINA, **labels})


async def told(house: SyncHouse) -> dict[str, tuple[float | None, float | None]]:
    await tell_waiting(house.database, house.clock, PACES)
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


def unseen(name: str, reason: TakeDownReason) -> float | None:
    return figure(f"g05_take_downs_{name}", reason=reason)


async def test_a_withdrawn_decision_is_watched_until_it_is_seen_to_be_gone(house: SyncHouse) -> None:
    """A portal that takes the order and goes on showing the record stops no clock (Penalty Law art. 48)."""
    withdrawn = TakeDownReason.DECISION_WITHDRAWN
    await house.publish(1, 2)
    house.china.plan(record(1), Act.KEEP)
    await house.hear(offline(1, days=3).model_copy(update={"reason": withdrawn}), offline(2, days=30))

    async def figures() -> tuple[float | None, float | None]:
        await tell_waiting(house.database, house.clock, PACES)
        return unseen("due_soon", withdrawn), unseen("overdue", withdrawn)

    await house.push()
    assert await figures() == (0, 0)
    house.clock.advance(START + timedelta(days=2, hours=1) - house.clock.now())
    assert await figures() == (1, 0)
    house.clock.advance(START + timedelta(days=3) - house.clock.now())
    assert await figures() == (0, 1)
    assert unseen("overdue", TakeDownReason.WINDOW_EXPIRED) == 0
    await house.settle(step=timedelta(minutes=10))
    assert await house.green(1)
    assert await figures() == (0, 0)
