"""Case `ingest`: rows admitted over HTTP (P1), the same rows once more (P2), and the outbox drained by the relay (P3).

The three follow each other on one database because each needs what the one before left behind.
"""

from dataclasses import replace

from sqlalchemy import func, select

from services.ingest.tables import batch, record
from shared.clock import SystemClock, stopwatch
from shared.database.mechanics import outbox
from shared.messaging.bus import Bus
from shared.messaging.connect import open_bus
from shared.messaging.relay import Relay
from shared.vocabulary import Verdict
from shared.web.server import run
from tests.bench.house import BenchHouse, one_value
from tests.bench.load import Answered, Load, send, warm_up
from tests.bench.measure import Figures, Sizes, demand
from tests.bench.places import Place, settle, wal_position
from tests.bench.processes import own_peak_mb

_SERVE = ("serve", "ingest")


def ingest(place: Place, sizes: Sizes) -> Figures:
    house = BenchHouse.built(place)
    with house.running(*_SERVE):
        load = warm_up(house.load(sizes.rows, run="first"))
        settle(place)
        first, first_wal = _sent(house, load)
        run(_check_stored(house, load.rows))
        settle(place)
        again, again_wal = _sent(house, replace(load, run="again"))
        peak = house.peak_mb(*_SERVE)
    for answered, verdict in ((first, Verdict.ADMITTED), (again, Verdict.UNCHANGED)):
        right = answered.counts[verdict] == sum(answered.counts.values()) == sizes.rows
        demand(right, f"{sizes.rows} rows should be {verdict} and the verdicts are {answered.counts}")
    run(_check_stored(house, load.rows))
    messages, seconds = run(_drain(house, load.rows))
    return {
        "rows_per_s": sizes.rows / first.seconds,
        "p50_ms": first.p50_ms,
        "p99_ms": first.p99_ms,
        "repeat_rows_per_s": sizes.rows / again.seconds,
        "repeat_p99_ms": again.p99_ms,
        "wal_bytes_a_row": first_wal / sizes.rows,
        "repeat_wal_bytes_a_row": again_wal / sizes.rows,
        "relay_records_per_s": load.rows / seconds,
        "relay_messages": messages,
        "peak_mb": peak,
        "relay_peak_mb": own_peak_mb(),
    }


def _sent(house: BenchHouse, load: Load) -> tuple[Answered, int]:
    """Send the rows, and the bytes of write-ahead log that it took."""
    before = wal_position(house.place)
    answered = send(load)
    return answered, wal_position(house.place) - before


async def _check_stored(house: BenchHouse, rows: int) -> None:
    """Each row is a record, its receipts count what was sent, and each record was told exactly once."""
    database = house.database("ingest")
    try:
        stored = await one_value(database, select(func.count()).select_from(record))
        in_batches = await one_value(database, select(func.sum(batch.c.rows)))
        told = await one_value(database, select(func.sum(outbox.c.events)))
    finally:
        await database.close()
    demand(stored == rows, f"{stored} records are stored and {rows} were sent")
    demand(in_batches >= rows, f"the stored receipts count {in_batches} rows and {rows} were sent")
    demand(told == rows, f"{told} events wait in the outbox for {rows} records")


async def _drain(house: BenchHouse, rows: int) -> tuple[int, float]:
    """The relay alone, until the outbox is empty; the messages must then be in the queue of disclosure."""
    database, bus = house.database("ingest"), open_bus(house.bus_address(), "bench")
    await bus.open()
    try:
        messages = await one_value(database, select(func.count()).select_from(outbox))
        relay, published, start = Relay(database, bus, SystemClock()), 0, stopwatch()
        while events := await relay.run_once():
            published += events
        seconds = stopwatch() - start
        demand(published == rows, f"{published} of {rows} events were published")
        demand(await one_value(database, select(func.count()).select_from(outbox)) == 0, "the outbox is not empty")
        waiting = await _waiting(bus)
        demand(waiting == messages, f"{waiting} of {messages} messages wait for disclosure")
        return messages, seconds
    finally:
        await bus.close()
        await database.close()


async def _waiting(bus: Bus) -> int:
    return (await bus.depths())["disclosure.records"]
