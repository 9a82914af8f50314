"""Small messages that share a transaction: as safe as one by one, and not one transaction each."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from shared.contracts.envelope import Event
from shared.database.mechanics import parked_event
from shared.messaging.consumer import BYTES_TOGETHER, MESSAGES_TOGETHER, Consumer, handfuls
from shared.messaging.unit_of_work import UnitOfWork
from tests.support.messaging_house import (
    QUEUE,
    House,
    NotedDelivery,
    approved,
    message_of,
    raw_message,
    record_effect,
    running,
    until,
)


class Shown:
    """Takes effect, and remembers how many events came at once; refuses whatever comes with one application."""

    def __init__(self, poison: str = "") -> None:
        self.poison = poison
        self.sizes: list[int] = []

    async def __call__(self, work: UnitOfWork, events: Sequence[Event[Any]]) -> None:
        self.sizes.append(len(events))
        await record_effect(work, events)
        if any(event.data.application_id == self.poison for event in events):
            raise RuntimeError(f"cannot take {self.poison}")


def _consumer(own: House, handler: Shown) -> Consumer:
    return Consumer(own.database, own.bus, QUEUE, handler, own.clock, prefetch=MESSAGES_TOGETHER, gathers=True)


async def test_small_messages_that_wait_share_a_transaction_and_each_takes_effect_once(own: House) -> None:
    told = [approved() for _ in range(40)]
    messages = [message_of([one]) for one in told]
    await own.bus.publish(messages)
    await own.bus.publish(messages[:7])
    handler = Shown()
    async with running(_consumer(own, handler).run):
        await until(lambda: _has(own, 40))
        await until(lambda: _is_empty(own))
    assert sorted(await own.effects()) == sorted(one.application_id for one in told)
    assert len(handler.sizes) < 40 and max(handler.sizes) > 1


async def test_a_poison_event_is_found_among_messages_that_came_together(own: House) -> None:
    told = [approved() for _ in range(10)]
    handler = Shown(told[4].application_id)
    await own.bus.publish([message_of([one]) for one in told])
    async with running(_consumer(own, handler).run):
        await until(lambda: _has_parked(own))
    assert sorted(await own.effects()) == sorted(one.application_id for one in told if one is not told[4])
    async with own.database.reading() as connection:
        assert told[4].application_id in (await connection.execute(select(parked_event))).one().event


async def test_a_message_that_cannot_be_read_spoils_none_of_those_beside_it(own: House) -> None:
    told = [approved() for _ in range(3)]
    await own.bus.publish([message_of([told[0]]), raw_message(b"no json"), message_of(told[1:])])
    async with running(_consumer(own, Shown()).run):
        await until(lambda: _has(own, 3))
        await until(lambda: _has_dead(own))


def test_only_small_messages_of_one_type_that_come_for_the_first_time_are_taken_together() -> None:
    small = [message_of([approved()]) for _ in range(4)]
    large = raw_message(b" " * (BYTES_TOGETHER - 10))
    other = raw_message(b"[]", "record.admitted")
    came = [NotedDelivery(one) for one in (small[0], small[1], other, small[2], large)]
    found = handfuls([*came, NotedDelivery(small[3], attempt=2)])
    assert [[one.message for one in group] for group in found] == [small[:2], [other], [small[2]], [large], [small[3]]]
    assert handfuls([]) == []


async def _has(own: House, effects: int) -> bool:
    return len(await own.effects()) == effects


async def _has_parked(own: House) -> bool:
    return await own.parked() == 1 and len(await own.effects()) == 9


async def _has_dead(own: House) -> bool:
    return len(await own.bus.dead_letters(QUEUE, limit=5)) == 1


async def _is_empty(own: House) -> bool:
    return not (await own.bus.depths())[QUEUE]
