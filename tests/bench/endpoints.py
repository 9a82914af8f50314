"""Case `endpoints` (P4): as many records to nine endpoints, to the nine beside one that never answers, to a hundred.

Each phase has records of its own; what counts is what the endpoints that answer received, and when. The nine alone are
measured before and after the nine beside the silent one, so that a process that gets warm, and tables that grow, favour
neither.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from time import time

from sqlalchemy import func, insert, select

from services.local.ports import LOOPBACK, free_ports
from services.sync.app import NAME, TABLES
from services.sync.wake import CHANGES
from services.sync.webhooks import subscribers
from services.sync.webhooks.domain.changes import ChangeType
from services.sync.webhooks.domain.signing import Algorithm
from services.sync.webhooks.lane import AT_ONCE
from services.sync.webhooks.subscribers import Reasoned, Wanted
from services.sync.webhooks.tables import change, delivery_attempt
from shared.clock import SystemClock
from shared.database.engine import Database
from shared.messaging.unit_of_work import unit_of_work
from shared.outbound.client import OutboundClient
from shared.web.server import run
from tests.bench.deliverer import RULES, key_ring
from tests.bench.delivering import received
from tests.bench.house import one_value
from tests.bench.measure import Figures, Sizes, demand
from tests.bench.places import Place, settle
from tests.bench.processes import peak_mb, python
from tests.bench.reconciling import entry_of, place_entries
from tests.support.reconciler import PORTAL

_NINE, _HUNDRED = 9, 100
_SECONDS = 300
_PHASES = 8
"""Of nine endpoints: twice as many beside a silent one as before it, and as many after it."""
_MOST = 1_000
"""Subscribers at most: the bench's own bound, which no phase reaches."""


@dataclass(frozen=True)
class Brought:
    """What one phase brought to those that answer."""

    deliveries: int
    seconds: float


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
    return (_PHASES + 1) * (sizes.deliveries // _NINE) + 1


async def _placed(url: str, records: int) -> None:
    database = Database(url, NAME)
    await place_entries(database, [entry_of(number, 1_000) for number in range(records)], with_content=True)
    await database.close()


async def _phases(url: str, port: int, sizes: Sizes) -> Figures:
    database, some = Database(url, NAME), sizes.deliveries // _NINE
    ids = [f"{number:032x}" for number in range(_records(sizes))]
    records = iter([ids[at : at + some] for at in range(1, len(ids), some)])
    base = f"http://{LOOPBACK}:{port}"
    try:
        async with OutboundClient(base, max_answer_bytes=1 << 28) as receiver:
            await _enter(database, [f"{base}/hook/{number}" for number in range(_NINE)])
            await _brought(database, receiver, [f"{0:032x}"], _NINE)  # whoever delivers is ready when this has come

            async def nine(phases: int) -> list[Brought]:
                return [await _brought(database, receiver, next(records), _NINE) for _ in range(phases)]

            alone = await nine(_PHASES // 4)
            (silent,) = await _enter(database, [f"{base}/silent"])
            beside = await nine(_PHASES // 2)
            await _forget(database, silent)
            alone += await nine(_PHASES // 4)
            await _enter(database, [f"{base}/hook/{number}" for number in range(_NINE, _HUNDRED)])
            hundred = [await _brought(database, receiver, next(records), _HUNDRED)]
    finally:
        await database.close()
    return {"nine_per_s": _rate(alone), "nine_beside_silent_per_s": _rate(beside), "hundred_per_s": _rate(hundred)}


def _rate(phases: Sequence[Brought]) -> float:
    return sum(one.deliveries for one in phases) / sum(one.seconds for one in phases)


async def _enter(database: Database, hooks: Sequence[str]) -> list[str]:
    entered = []
    async with unit_of_work(database, SystemClock()) as work:
        for hook in hooks:
            wanted = Wanted("bench", hook)
            entered.append(await subscribers.enter(work, wanted, Algorithm.HMAC, RULES, key_ring(), _MOST, "bench"))
    return [subscriber_id for subscriber_id, _ in entered]


async def _forget(database: Database, silent: str) -> None:
    """Nothing is dealt out to it any more, and what it was asked has ended at its time limit."""
    attempts = select(func.count()).where(delivery_attempt.c.subscriber_id == silent)
    async with unit_of_work(database, SystemClock()) as work:
        await subscribers.remove(work, silent, Reasoned("bench", "its phase is over"))
    async with asyncio.timeout(_SECONDS):
        while await one_value(database, attempts) < AT_ONCE:  # noqa: ASYNC110
            await asyncio.sleep(0.2)


async def _brought(database: Database, receiver: OutboundClient, records: Sequence[str], answering: int) -> Brought:
    """From the commit of the changes to the last receipt; each endpoint gets each record."""
    await receiver.send("DELETE", "/received")
    began, now = time(), SystemClock().now()
    rows = [
        {"type": ChangeType.SHOW_ORDERED, "record_id": one, "portal": PORTAL, "generation": 1, "at": now}
        for one in records
    ]
    async with unit_of_work(database, SystemClock()) as work:
        await work.connection.execute(insert(change), rows)
        work.wake(CHANGES, everywhere=True)
    come = await received(receiver, len(records) * answering)
    demand({record for record, _ in come} == set(records), "not every record came")
    return Brought(len(come), max(at for _, at in come) - began)
