"""Case `deliver_growth` (P4, P5): ten times the events, and latencies beside as many deliveries as a year leaves.

One process all the time: events at once, fifty a second, ten times the events at once, and, after the database has
filled its tables with what an earlier subscriber was sent, fifty a second again.
"""

from sqlalchemy import select, update

from services.local.ports import LOOPBACK, free_ports
from services.sync.app import NAME, TABLES
from services.sync.webhooks.domain.changes import ChangeType
from services.sync.webhooks.tables import change, delivery, delivery_attempt, feed_head
from shared.database.engine import Database
from shared.outbound.client import OutboundClient
from shared.web.server import run
from tests.bench.delivering import brought, committed_through, of, prepared, received, steady
from tests.bench.fill import fill, identifier
from tests.bench.measure import Figures, Sizes
from tests.bench.places import Place, settle
from tests.bench.processes import peak_mb, python
from tests.support.reconciler import PORTAL

_GROWTH = 10
_EARLIER = "'" + 32 * "e" + "'"
"""The subscriber of what fills the tables; it has been removed."""


def deliver_growth(place: Place, sizes: Sizes) -> Figures:
    url = place.postgres_url or f"sqlite+aiosqlite:///{place.folder / 'sync.db'}"
    TABLES.upgrade(url)
    (port,) = free_ports(1)
    run(prepared(url, f"http://{LOOPBACK}:{port}/hook", max(_GROWTH * sizes.deliveries, sizes.steady_deliveries)))
    settle(place)
    program = ("tests.bench.deliverer", "creditsync", url)
    with (
        python("tests.bench.receiver", str(port), log=place.folder / "receiver.log", environment={}, port=port),
        python(*program, log=place.folder / "deliverer.log", environment={}),
    ):
        few = run(_few(url, port, sizes)) | {"peak_mb": peak_mb(*program)}
        many = run(_many(url, port, sizes)) | {"grown_peak_mb": peak_mb(*program)}
        run(_filled(url, sizes.register))
        settle(place)
        return few | many | run(_after(url, port, sizes))


def _ids(records: int) -> list[str]:
    return [f"{number:032x}" for number in range(records)]


async def _few(url: str, port: int, sizes: Sizes) -> Figures:
    database = Database(url, NAME)
    send = committed_through(database)
    async with OutboundClient(f"http://{LOOPBACK}:{port}", max_answer_bytes=1 << 28) as receiver:
        await send(_ids(1))  # whoever delivers is ready when this one has come
        await received(receiver, 1)
        seconds = await brought(receiver, _ids(sizes.deliveries), send)
        ages, _ = await steady(receiver, _ids(sizes.steady_deliveries), send)
    await database.close()
    return {"deliveries_per_s": sizes.deliveries / seconds, "p99_ms": of(ages, 0.99), "p50_ms": of(ages, 0.5)}


async def _many(url: str, port: int, sizes: Sizes) -> Figures:
    database = Database(url, NAME)
    async with OutboundClient(f"http://{LOOPBACK}:{port}", max_answer_bytes=1 << 28) as receiver:
        seconds = await brought(receiver, _ids(_GROWTH * sizes.deliveries), committed_through(database))
    await database.close()
    return {"grown_per_s": _GROWTH * sizes.deliveries / seconds}


async def _after(url: str, port: int, sizes: Sizes) -> Figures:
    database = Database(url, NAME)
    async with OutboundClient(f"http://{LOOPBACK}:{port}", max_answer_bytes=1 << 28) as receiver:
        ages, _ = await steady(receiver, _ids(sizes.steady_deliveries), committed_through(database))
    await database.close()
    return {"grown_p99_ms": of(ages, 0.99), "grown_p50_ms": of(ages, 0.5)}


async def _filled(url: str, rows: int) -> None:
    """So many changes, each told to a subscriber who has gone, behind what the feed holds."""
    database = Database(url, NAME)
    async with database.writing() as connection:
        head = (await connection.execute(select(feed_head.c.position))).scalar_one()
        dialect = connection.dialect.name
        now = "now()" if dialect == "postgresql" else "CURRENT_TIMESTAMP || '.000000'"
        record, position = identifier(dialect, "i"), f"{head} + 1 + i"
        about = {"record_id": record, "position": position}
        told = {"type": f"'{ChangeType.SHOW_ORDERED}'", "portal": f"'{PORTAL}'", "generation": "1", "at": now}
        await fill(connection, change, rows, about | told)
        sent = {"subscriber_id": _EARLIER, "sequence": "i + 1"}
        ended = {"state": "'delivered'", "attempts": "1", "next_try_at": now, "stored_at": now, "ended_at": now}
        await fill(connection, delivery, rows, about | sent | ended)
        tried = {"outcome": "'delivered'", "status": "200", "attempted_at": now, "seconds": "0.001"}
        await fill(connection, delivery_attempt, rows, sent | tried)
        await connection.execute(update(feed_head).values(position=head + rows))
    await database.close()
