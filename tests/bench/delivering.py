"""Cases `deliver` and `direct_aiohttp` (P4, P5): signed webhooks to one endpoint, first as fast as possible, then fifty
a second, of which the latencies from commit to receipt are told: from the moment COMMIT is sent, or publishing begins.

creditsync numbers each change, deals it out, and stores every attempt; the anchor stores nothing at all.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from time import time

import aio_pika
from sqlalchemy import Select, func, insert, select

from services.local.ports import LOOPBACK, free_ports
from services.sync.app import NAME, TABLES
from services.sync.wake import CHANGES
from services.sync.webhooks import subscribers
from services.sync.webhooks.domain.changes import ChangeType
from services.sync.webhooks.domain.signing import Algorithm
from services.sync.webhooks.subscribers import Wanted
from services.sync.webhooks.tables import change, delivery, delivery_attempt
from shared.clock import SystemClock, stopwatch
from shared.database.engine import Database
from shared.ids import new_id
from shared.messaging.bus import Message
from shared.messaging.unit_of_work import UnitOfWork, unit_of_work
from shared.outbound.client import OutboundClient
from shared.web.server import run
from tests.bench.deliverer import QUEUE, RULES, embedded_bus, key_ring
from tests.bench.house import one_value
from tests.bench.measure import Figures, Sizes, demand
from tests.bench.places import Place, settle
from tests.bench.processes import peak_mb, python
from tests.bench.reconciling import entry_of, place_entries
from tests.support.reconciler import PORTAL

_AT_ONCE = 100
_A_SECOND = 50
_SECONDS = 300
_BODY = 1_300

Send = Callable[[Sequence[str]], Awaitable[float]]
"""Returns when COMMIT was sent, or the publishing began."""


def deliver(place: Place, sizes: Sizes) -> Figures:
    """creditsync, one process."""
    url = place.postgres_url or f"sqlite+aiosqlite:///{place.folder / 'sync.db'}"
    TABLES.upgrade(url)
    (port,) = free_ports(1)
    hook = f"http://{LOOPBACK}:{port}/hook"
    run(prepared(url, hook, _records(sizes)))
    settle(place)
    program = ("tests.bench.deliverer", "creditsync", url)
    with (
        python("tests.bench.receiver", str(port), log=place.folder / "receiver.log", environment={}, port=port),
        python(*program, log=place.folder / "deliverer.log", environment={}),
    ):
        found = run(_creditsync(url, port, sizes))
        return found | {"peak_mb": peak_mb(*program)}


def direct_aiohttp(place: Place, sizes: Sizes) -> Figures:
    """The anchor: through the broker alone."""
    (port,) = free_ports(1)
    bus_url = place.amqp_url or f"sqlite+aiosqlite:///{place.folder / 'bus.db'}"
    program = ("tests.bench.deliverer", "direct", bus_url, f"http://{LOOPBACK}:{port}/hook")
    with (
        python("tests.bench.receiver", str(port), log=place.folder / "receiver.log", environment={}, port=port),
        python(*program, log=place.folder / "deliverer.log", environment={}),
    ):
        measured = _direct_rabbitmq if place.is_real else _direct_embedded
        return run(measured(bus_url, port, sizes)) | {"peak_mb": peak_mb(*program)}


async def prepared(url: str, hook: str, records: int) -> None:
    """So many records on a portal, and one subscriber."""
    database = Database(url, NAME)
    await place_entries(database, [entry_of(number, 1_000) for number in range(records)], with_content=True)
    async with unit_of_work(database, SystemClock()) as work:
        await subscribers.enter(work, Wanted("bench", hook), Algorithm.HMAC, RULES, key_ring(), 10, "bench")
    await database.close()


def _records(sizes: Sizes) -> int:
    return max(sizes.deliveries, sizes.steady_deliveries)


def committed_through(database: Database) -> Send:
    """Notes changes of records as the house does."""
    clock = SystemClock()

    async def send(some: Sequence[str]) -> float:
        rows = [
            {"type": ChangeType.SHOW_ORDERED, "record_id": one, "portal": PORTAL, "generation": 1, "at": clock.now()}
            for one in some
        ]
        async with database.writing() as connection:  # as `unit_of_work`, whose end would hide when the commit begins
            work = UnitOfWork(connection, dialect=database.dialect, source=f"/creditsync/{NAME}", now=clock.now())
            await connection.execute(insert(change), rows)
            work.wake(CHANGES, everywhere=True)
            await work.store_all()
            return time()  # the block ends with the commit

    return send


async def _creditsync(url: str, port: int, sizes: Sizes) -> Figures:
    database = Database(url, NAME)
    try:
        figures = await _measured(port, sizes, committed_through(database))
        sent = sizes.deliveries + sizes.steady_deliveries + 1
        for table in (delivery, delivery_attempt):
            await _until_counted(database, select(func.count()).select_from(table), sent)
        delivered = await one_value(database, select(func.count()).where(delivery.c.state == "delivered"))
        demand(delivered == sent, f"{delivered} deliveries of {sent} are noted as delivered")
    finally:
        await database.close()
    return figures


async def _until_counted(database: Database, count: Select[tuple[int]], wanted: int) -> None:
    async with asyncio.timeout(_SECONDS):
        found = await one_value(database, count)
        while found < wanted:
            await asyncio.sleep(0.05)
            found = await one_value(database, count)
    demand(found == wanted, f"{found} rows instead of {wanted}")


async def _direct_rabbitmq(bus_url: str, port: int, sizes: Sizes) -> Figures:
    connection = await aio_pika.connect_robust(bus_url)
    async with connection:
        channel = await connection.channel(publisher_confirms=True)
        await channel.declare_queue(QUEUE, durable=True, arguments={"x-queue-type": "quorum"})

        async def send(some: Sequence[str]) -> float:
            at = time()
            await asyncio.gather(
                *(
                    channel.default_exchange.publish(
                        aio_pika.Message(_body(one), delivery_mode=2, message_id=new_id()), QUEUE, timeout=30
                    )
                    for one in some
                )
            )
            return at

        return await _measured(port, sizes, send)


async def _direct_embedded(bus_url: str, port: int, sizes: Sizes) -> Figures:
    bus = embedded_bus(bus_url)
    await bus.open()

    async def send(some: Sequence[str]) -> float:
        at = time()
        await bus.publish([Message(new_id(), QUEUE, QUEUE, _body(one)) for one in some])
        return at

    try:
        return await _measured(port, sizes, send)
    finally:
        await bus.close()


def _body(record_id: str) -> bytes:
    return f'{{"record_id":"{record_id}","text":"{"x" * _BODY}"}}'.encode()


async def _measured(port: int, sizes: Sizes, send: Send) -> Figures:
    known = [f"{number:032x}" for number in range(_records(sizes))]
    record_ids = known[: sizes.deliveries]
    async with OutboundClient(f"http://{LOOPBACK}:{port}", max_answer_bytes=1 << 28) as receiver:
        await send(record_ids[:1])  # whoever delivers is ready when this one has come
        await received(receiver, 1)
        seconds = await brought(receiver, record_ids, send)
        from_commit, from_begin = await steady(receiver, known[: sizes.steady_deliveries], send)
    return {
        "deliveries_per_s": len(record_ids) / seconds,
        "p50_ms": of(from_commit, 0.5),
        "p99_ms": of(from_commit, 0.99),
        "from_begin_p50_ms": of(from_begin, 0.5),
        "from_begin_p99_ms": of(from_begin, 0.99),
    }


async def brought(receiver: OutboundClient, record_ids: Sequence[str], send: Send) -> float:
    """Seconds from the first sending of as many as possible to the last receipt."""
    await receiver.send("DELETE", "/received")
    began = time()
    for at in range(0, len(record_ids), _AT_ONCE):
        await send(record_ids[at : at + _AT_ONCE])
    come = await received(receiver, len(record_ids))
    demand({record for record, _ in come} == set(record_ids), "not every record came")
    return max(at for _, at in come) - began


def of(ages: Sequence[float], share: float) -> float:
    return ages[int(len(ages) * share)] * 1000


async def steady(receiver: OutboundClient, record_ids: Sequence[str], send: Send) -> tuple[list[float], list[float]]:
    """Seconds from the commit and from the beginning of its transaction, or both from the beginning of publishing, to
    the receipt, each sorted."""
    await receiver.send("DELETE", "/received")
    sent: dict[str, float] = {}
    committed: dict[str, float] = {}
    began = stopwatch()
    for number, record in enumerate(record_ids):
        await asyncio.sleep(max(0.0, began + number / _A_SECOND - stopwatch()))
        sent[record] = time()
        committed[record] = await send([record])
    come = await received(receiver, len(record_ids))
    return sorted(at - committed[one] for one, at in come), sorted(at - sent[one] for one, at in come)


async def received(receiver: OutboundClient, wanted: int) -> list[tuple[str, float]]:
    async with asyncio.timeout(_SECONDS):
        come = (await receiver.get("/received")).json()
        while len(come) < wanted:
            await asyncio.sleep(0.05)
            come = (await receiver.get("/received")).json()
    demand(len(come) == wanted, f"{len(come)} deliveries instead of {wanted}")
    return [(record, at) for record, at in come]
