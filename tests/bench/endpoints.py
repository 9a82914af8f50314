"""Case `endpoints` (P4): as many records to nine endpoints, to the nine beside one that never answers, to a hundred.

Each phase has records of its own; what counts is what the endpoints that answer received, and when.
"""

from collections.abc import Sequence
from time import time

from sqlalchemy import insert

from services.local.ports import LOOPBACK, free_ports
from services.sync.app import NAME, TABLES
from services.sync.webhooks import subscribers
from services.sync.webhooks.domain.changes import ChangeType
from services.sync.webhooks.domain.signing import Algorithm
from services.sync.webhooks.subscribers import Wanted
from services.sync.webhooks.tables import change
from shared.clock import SystemClock
from shared.database.engine import Database
from shared.messaging.unit_of_work import unit_of_work
from shared.outbound.client import OutboundClient
from shared.web.server import run
from tests.bench.deliverer import RULES, key_ring
from tests.bench.delivering import received
from tests.bench.measure import Figures, Sizes, demand
from tests.bench.places import Place, settle
from tests.bench.processes import peak_mb, python
from tests.bench.reconciling import entry_of, place_entries
from tests.support.reconciler import PORTAL

_NINE, _HUNDRED = 9, 100
_MOST = 1_000
"""Subscribers at most: the bench's own bound, which no phase reaches."""


def endpoints(place: Place, sizes: Sizes) -> Figures:
    """Deliveries a second of the endpoints that answer, phase by phase."""
    url = place.postgres_url or f"sqlite+aiosqlite:///{place.folder / 'sync.db'}"
    TABLES.upgrade(url)
    (port,) = free_ports(1)
    program = ("tests.bench.deliverer", "creditsync", url)
    run(_placed(url, _records(sizes)))
    settle(place)
    with (
        python("tests.bench.receiver", str(port), log=place.folder / "receiver.log", environment={}, port=port),
        python(*program, log=place.folder / "deliverer.log", environment={}),
    ):
        return run(_phases(url, port, sizes)) | {"peak_mb": peak_mb(*program)}


def _records(sizes: Sizes) -> int:
    return 3 * (sizes.deliveries // _NINE) + 1


async def _placed(url: str, records: int) -> None:
    database = Database(url, NAME)
    await place_entries(database, [entry_of(number, 1_000) for number in range(records)], with_content=True)
    await database.close()


async def _phases(url: str, port: int, sizes: Sizes) -> Figures:
    database, some = Database(url, NAME), sizes.deliveries // _NINE
    ids = [f"{number:032x}" for number in range(_records(sizes))]
    base = f"http://{LOOPBACK}:{port}"
    try:
        async with OutboundClient(base, max_answer_bytes=1 << 28) as receiver:
            await _enter(database, [f"{base}/hook/{number}" for number in range(_NINE)])
            await _rate(database, receiver, ids[:1], _NINE)  # whoever delivers is ready when this has come
            nine = await _rate(database, receiver, ids[1 : some + 1], _NINE)
            await _enter(database, [f"{base}/silent"])
            beside = await _rate(database, receiver, ids[some + 1 : 2 * some + 1], _NINE)
            await _enter(database, [f"{base}/hook/{number}" for number in range(_NINE, _HUNDRED)])
            hundred = await _rate(database, receiver, ids[2 * some + 1 :], _HUNDRED)
    finally:
        await database.close()
    return {"nine_per_s": nine, "nine_beside_silent_per_s": beside, "hundred_per_s": hundred}


async def _enter(database: Database, hooks: Sequence[str]) -> None:
    async with unit_of_work(database, SystemClock()) as work:
        for hook in hooks:
            await subscribers.enter(work, Wanted("bench", hook), Algorithm.HMAC, RULES, key_ring(), _MOST, "bench")


async def _rate(database: Database, receiver: OutboundClient, records: Sequence[str], answering: int) -> float:
    """Deliveries a second, from the commit of the changes to the last receipt; each endpoint gets each record."""
    await receiver.send("DELETE", "/received")
    began, now = time(), SystemClock().now()
    rows = [
        {"type": ChangeType.SHOW_ORDERED, "record_id": one, "portal": PORTAL, "generation": 1, "at": now}
        for one in records
    ]
    async with database.writing() as connection:
        await connection.execute(insert(change), rows)
    come = await received(receiver, len(records) * answering)
    demand({record for record, _ in come} == set(records), "not every record came")
    return len(come) / (max(at for _, at in come) - began)
