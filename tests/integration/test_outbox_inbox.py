"""From a commit in one service to the effect in another: nothing is lost, and nothing is done twice in effect."""

import asyncio
import signal
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, text

from services.local.private_postgres import PostgresServer
from shared.clock import wall_time
from shared.contracts.envelope import Event
from shared.database.mechanics import inbox, outbox, parked_event
from shared.errors import Unavailable
from shared.ids import new_id
from shared.messaging.bus import Message
from shared.messaging.inbox import forget_handled
from shared.messaging.parked_events import Chosen, list_parked
from shared.messaging.relay_store import claim, delete_confirmed
from shared.messaging.settle_parked import Remedy, choose, settle
from shared.messaging.unit_of_work import UnitOfWork, unit_of_work
from tests.support.buses import PATIENCE
from tests.support.messaging_house import (
    QUEUE,
    House,
    NotedDelivery,
    WrappedBus,
    approved,
    house,
    message_of,
    raw_message,
    record_effect,
    running,
    until,
)

CHECKOUT = Path(__file__).parents[2]


class RefusingHandler:
    """Takes effect like the plain handler, but never for one application. Remembers what it was shown."""

    def __init__(self, poison: str) -> None:
        self.poison = poison
        self.shown: list[int] = []
        self.alone = 0

    async def __call__(self, work: UnitOfWork, events: Sequence[Event[Any]]) -> None:
        self.shown.append(len(events))
        await record_effect(work, events)
        if any(event.data.application_id == self.poison for event in events):
            self.alone += len(events) == 1
            raise RuntimeError(f"cannot take {self.poison}")


async def test_what_was_told_takes_effect_once(own: House) -> None:
    told = [approved() for _ in range(250)]
    await own.tell(*told)
    assert await own.relay().run_once() == 250
    await own.consume_until(lambda: _has_effects(own, 250))
    assert await own.effects() == [event.application_id for event in told]
    assert await own.outbox_rows() == 0
    assert await own.inbox_rows() == 3


async def test_what_was_rolled_back_is_told_to_nobody(own: House) -> None:
    with pytest.raises(LookupError):
        async with unit_of_work(own.database, own.clock) as work:
            work.tell(approved())
            raise LookupError
    assert await own.relay().run_once() == 0
    assert (await own.bus.depths())[QUEUE] == 0


async def test_an_outbox_row_is_deleted_only_after_the_confirm(own: House) -> None:
    seen: list[int] = []

    class WatchingBus(WrappedBus):
        async def publish(self, messages: Sequence[Message]) -> None:
            await self.inner.publish(messages)
            seen.append(await own.outbox_rows())

    await own.tell(approved())
    await own.relay(WatchingBus(own.bus)).run_once()
    assert (seen, await own.outbox_rows()) == ([1], 0)


async def test_a_broker_that_is_away_costs_time_and_no_event(own: House) -> None:
    class AwayBus(WrappedBus):
        async def publish(self, messages: Sequence[Message]) -> None:
            raise Unavailable("away")

    await own.tell(approved())
    with pytest.raises(Unavailable):
        await own.relay(AwayBus(own.bus)).run_once()
    assert await own.outbox_rows() == 1
    async with running(own.relay().run):
        await until(lambda: _outbox_is_empty(own))
    assert (await own.bus.depths())[QUEUE] == 1


async def test_a_running_relay_hears_of_each_commit(own: House) -> None:
    async with running(own.relay().run), running(own.consumer().run):
        for count in (1, 2, 3):
            await own.tell(approved())
            await until(lambda count=count: _has_effects(own, count))  # type: ignore[misc]


@pytest.mark.parametrize(("when", "messages"), [("before_publish", 1), ("before_delete", 2)])
async def test_a_killed_relay_loses_nothing_and_doubles_nothing_in_effect(
    own: House, urls: tuple[str, str], when: str, messages: int
) -> None:
    told = [approved() for _ in range(50)]
    await own.tell(*told)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.support.relay_process", *urls, when, cwd=CHECKOUT
    )
    async with asyncio.timeout(PATIENCE):
        assert await process.wait() == -signal.SIGKILL
    assert await own.outbox_rows() == 1
    async with running(own.relay().run):
        await until(lambda: _outbox_is_empty(own))
    assert (await own.bus.depths())[QUEUE] == messages
    await own.consume_all()
    assert await own.effects() == [event.application_id for event in told]


async def test_two_relays_share_an_outbox_without_doubling(own: House) -> None:
    for _ in range(80):
        await own.tell(approved())
    async with running(own.relay().run), running(own.relay().run):
        await until(lambda: _outbox_is_empty(own))
    assert (await own.bus.depths())[QUEUE] == 80


async def test_a_row_that_commits_late_with_a_lower_id_is_still_relayed(own: House) -> None:
    for outbox_id in (10, 5):
        await _store_outbox(own, approved().application_id, outbox_id=outbox_id)
        assert await own.relay().run_once() == 1
    assert (await own.bus.depths())[QUEUE] == 2


async def test_a_relay_that_overslept_its_lease_deletes_nothing_of_others(own: House) -> None:
    """Another relay took the row over and finished it, and SQLite gave its id to the next commit."""

    class SlowBus(WrappedBus):
        async def publish(self, messages: Sequence[Message]) -> None:
            await self.inner.publish(messages)
            async with own.database.writing() as connection:
                await connection.execute(delete(outbox))
            await _store_outbox(own, approved().application_id, outbox_id=1)

    await _store_outbox(own, approved().application_id, outbox_id=1)
    await own.relay(SlowBus(own.bus)).run_once()
    assert await own.outbox_rows() == 1


async def test_an_unroutable_row_stays_and_hinders_nobody(own: House) -> None:
    await _store_outbox(own, approved().application_id, routing_key="nobody.hears")
    await own.tell(approved())
    assert await own.relay().run_once() == 1
    assert await own.outbox_rows() == 1
    assert await own.relay().run_once() == 0


async def test_a_lease_does_not_run_out_because_legal_time_moves(own: House) -> None:
    await own.tell(approved())
    async with own.database.writing() as connection:
        assert len(await claim(connection, 10, wall_time(), wall_time() + timedelta(seconds=30))) == 1
    own.clock.advance(timedelta(days=90))
    assert await own.relay().run_once() == 0


async def test_a_message_that_arrives_twice_takes_effect_once(own: House) -> None:
    sent = message_of([approved() for _ in range(5)])
    await own.bus.publish([sent, sent])
    await own.consume_all()
    assert len(await own.effects()) == 5


async def test_a_poison_event_is_parked_after_three_attempts_and_its_neighbours_go_on(own: House) -> None:
    told = [approved() for _ in range(100)]
    handler = RefusingHandler(told[37].application_id)
    await own.bus.publish([message_of(told)])
    await own.consume_until(lambda: _has_parked(own, 1), handler)
    assert sorted(await own.effects()) == sorted(event.application_id for event in told if event is not told[37])
    assert handler.alone == 3
    assert handler.shown[-2:] == [1, 1]  # later attempts show only what is left
    async with own.database.reading() as connection:
        parked = (await connection.execute(select(parked_event))).one()
    assert (parked.queue, parked.position, parked.type) == (QUEUE, 37, "repair.approved")
    assert told[37].application_id in parked.event
    assert "RuntimeError" in parked.reason


async def test_a_parked_event_stays_parked_when_its_message_comes_again(own: House) -> None:
    told = [approved() for _ in range(3)]
    handler = RefusingHandler(told[0].application_id)
    sent = message_of(told)
    await own.bus.publish([sent])
    await own.consume_until(lambda: _has_parked(own, 1), handler)
    await own.bus.publish([sent])
    await own.consume_all(handler)
    assert (await own.parked(), len(await own.effects()), handler.alone) == (1, 2, 3)


async def test_events_that_break_their_contract_are_parked_at_once_and_their_neighbours_go_on(own: House) -> None:
    good = encode_one()
    await own.bus.publish([raw_message(b"[" + good + b', {"id": "\\ud800"}, 7, ' + encode_one() + b"]")])
    await own.consume_until(lambda: _has_parked(own, 2))
    assert len(await own.effects()) == 2


@pytest.mark.parametrize("body", [b"{}", b"\xff", b"[" * 100_000], ids=["no array", "no text", "too deep"])
async def test_a_body_that_cannot_be_read_is_a_dead_letter(own: House, body: bytes) -> None:
    await own.bus.publish([raw_message(body), message_of([approved()])])
    await own.consume_until(lambda: _has_effects(own, 1))
    assert (await own.bus.depths())[f"{QUEUE}.dead"] == 1
    assert await own.parked() == 0


async def test_an_unknown_type_is_a_dead_letter(own: House) -> None:
    await own.bus.publish([raw_message(b"[]", kind="never.agreed"), message_of([approved()])])
    await own.consume_until(lambda: _has_effects(own, 1))
    assert (await own.bus.depths())[f"{QUEUE}.dead"] == 1


async def test_an_outage_parks_nothing_however_long_it_lasts(own: House) -> None:
    outages = 30

    async def handler(work: UnitOfWork, events: Sequence[Event[Any]]) -> None:
        nonlocal outages
        await record_effect(work, events)
        if outages:
            outages -= 1
            raise Unavailable("away")

    stop = asyncio.Event()
    stop.set()  # so that the consumer does not pause between attempts
    consumer = own.consumer(handler)
    delivery = NotedDelivery(message_of([approved(), approved()]), attempt=19)
    for _ in range(31):
        await consumer.take(delivery, stop)
    delays = [seconds for answer, seconds in delivery.answers if answer == "postpone"]
    assert delivery.answers[-1] == ("ack", None)
    assert len(delays) == 30
    assert delays[:5] == [0.2, 1.0, 5.0, 30.0, 30.0]
    assert (len(await own.effects()), await own.parked()) == (2, 0)


async def test_a_consumer_goes_on_after_a_short_outage(own: House) -> None:
    outages = 1

    async def handler(work: UnitOfWork, events: Sequence[Event[Any]]) -> None:
        nonlocal outages
        if outages:
            outages -= 1
            raise Unavailable("away")
        await record_effect(work, events)

    await own.bus.publish([message_of([approved()])])
    await own.consume_until(lambda: _has_effects(own, 1), handler)
    assert await own.parked() == 0


async def test_a_released_event_is_handled_anew_by_its_own_queue_only(own: House) -> None:
    poison = approved()
    await own.bus.publish([message_of([poison])])
    await own.consume_until(lambda: _has_parked(own, 1), RefusingHandler(poison.application_id))
    onlookers = (await own.bus.depths())["test.onlookers"]
    async with own.database.reading() as connection:
        (listed,) = await list_parked(connection, limit=10)
    async with unit_of_work(own.database, own.clock) as work:
        events = await choose(work, Chosen(parked_ids=[listed.parked_id]))
        await settle(work, events, Remedy.RETRY, actor="operator", reason="the handler was mended")
    await own.relay().run_once()
    await own.consume_until(lambda: _has_effects(own, 1))
    assert await own.effects() == [poison.application_id]
    assert await own.parked() == 0
    assert (await own.bus.depths())["test.onlookers"] == onlookers
    async with unit_of_work(own.database, own.clock) as work:
        assert await choose(work, Chosen(parked_ids=[listed.parked_id])) == []


async def test_only_old_inbox_rows_are_forgotten(own: House) -> None:
    old, young = new_id(), new_id()
    async with unit_of_work(own.database, own.clock) as work:
        await work.connection.execute(
            insert(inbox),
            [
                {"queue": QUEUE, "message_id": key, "first_event": 0, "last_event": 0, "handled_at": at}
                for key, at in ((old, wall_time() - timedelta(days=31)), (young, wall_time() - timedelta(days=29)))
            ],
        )
        await forget_handled(work, older_than=timedelta(days=30))
        assert list((await work.connection.execute(select(inbox.c.message_id))).scalars()) == [young]


@pytest.mark.real
async def test_a_transaction_that_commits_late_is_relayed_after_its_successors(
    postgres_url: str, tmp_path: Path
) -> None:
    async with house(postgres_url, f"sqlite+aiosqlite:///{tmp_path / 'bus.db'}") as own:
        async with own.database.writing() as slow:
            await slow.execute(insert(outbox), [_outbox_row(approved().application_id)])
            await own.tell(approved())
            assert await own.relay().run_once() == 1
        assert await own.relay().run_once() == 1


@pytest.mark.real
async def test_a_row_that_another_relay_is_deleting_is_not_waited_for(postgres_url: str, tmp_path: Path) -> None:
    async with house(postgres_url, f"sqlite+aiosqlite:///{tmp_path / 'bus.db'}") as own:
        await own.tell(approved())
        await own.tell(approved())
        async with own.database.writing() as other:
            now = wall_time()
            first = await claim(other, 1, now, now)
            await delete_confirmed(other, [row.outbox_id for row in first], now)
            async with asyncio.timeout(PATIENCE):
                assert await own.relay().run_once() == 1


@pytest.mark.real
async def test_two_deliveries_of_one_message_never_run_at_once(postgres_url: str, tmp_path: Path) -> None:
    handling, go_on = asyncio.Event(), asyncio.Event()

    async def slow(work: UnitOfWork, events: Sequence[Event[Any]]) -> None:
        handling.set()
        await go_on.wait()
        await record_effect(work, events)

    stop = asyncio.Event()
    stop.set()
    async with house(postgres_url, f"sqlite+aiosqlite:///{tmp_path / 'bus.db'}") as own:
        sent = message_of([approved()])
        first, second = NotedDelivery(sent), NotedDelivery(sent)
        taking = asyncio.create_task(own.consumer(slow).take(first, stop))
        await handling.wait()
        await own.consumer().take(second, stop)
        go_on.set()
        await taking
        await own.consumer().take(second, stop)
        assert [answer for answer, _ in first.answers + second.answers] == ["ack", "postpone", "ack"]
        assert len(await own.effects()) == 1


@pytest.mark.real
@pytest.mark.parametrize("state", ["53300", "57P03", "40P01"], ids=["too many clients", "starting up", "deadlock"])
async def test_a_database_that_cannot_answer_now_is_no_fault_of_the_event(
    postgres_url: str, tmp_path: Path, state: str
) -> None:
    async def handler(work: UnitOfWork, events: Sequence[Event[Any]]) -> None:
        await work.connection.execute(text(f"DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{state}'; END $$"))

    stop = asyncio.Event()
    stop.set()
    async with house(postgres_url, f"sqlite+aiosqlite:///{tmp_path / 'bus.db'}") as own:
        delivery = NotedDelivery(message_of([approved()]), attempt=19)
        await own.consumer(handler).take(delivery, stop)
        assert delivery.answers == [("postpone", 0.2)]


@pytest.mark.real
async def test_a_database_that_restarts_parks_nothing_and_takes_every_effect_once(
    own_postgres: PostgresServer, tmp_path: Path
) -> None:
    async with house(own_postgres.url, f"sqlite+aiosqlite:///{tmp_path / 'bus.db'}") as own:
        sent = [[approved() for _ in range(5)] for _ in range(40)]
        async with running(own.consumer().run):
            await own.bus.publish([message_of(events) for events in sent[:20]])
            await until(lambda: _has_effects(own, 5))
            await asyncio.to_thread(own_postgres.kill)
            await own.bus.publish([message_of(events) for events in sent[20:]])
            await asyncio.to_thread(own_postgres.restart)
            await until(lambda: _has_effects(own, 200))
        expected = sorted(event.application_id for events in sent for event in events)
        assert sorted(await own.effects()) == expected
        assert await own.parked() == 0


def encode_one() -> bytes:
    return message_of([approved()]).body[1:-1]


def _outbox_row(application_id: str, **changed: object) -> dict[str, object]:
    one = message_of([approved(application_id)])
    row = {
        "message_id": new_id(),
        "type": one.type,
        "routing_key": one.routing_key,
        "events": 1,
        "body": one.body,
        "stored_at": wall_time(),
        "leased_until": None,
    }
    return row | changed


async def _store_outbox(own: House, application_id: str, **changed: object) -> None:
    async with own.database.writing() as connection:
        await connection.execute(insert(outbox), [_outbox_row(application_id, **changed)])


async def _has_effects(own: House, count: int) -> bool:
    try:
        return len(await own.effects()) >= count
    except Unavailable:
        return False


async def _has_parked(own: House, count: int) -> bool:
    return await own.parked() >= count


async def _outbox_is_empty(own: House) -> bool:
    return await own.outbox_rows() == 0
