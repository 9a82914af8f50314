"""Cases that follow records through more than one service: to the windows of disclosure (P3), to all three portals."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from services.disclosure.tables import publication
from services.ingest.tables import record
from services.issuer import ensure_identity
from services.local.processes import one_process, process_a_role
from services.local.visitor import Visitor
from services.sync.portals.base import Sight
from services.sync.tables import placement
from shared.clock import SystemClock, wall_time
from shared.database.engine import Database
from shared.vocabulary import Audience, Portal
from shared.web.server import run
from tests.bench.house import BenchHouse, one_value
from tests.bench.load import Load, finish_load, start_load
from tests.bench.measure import Figures, Sizes, WrongResult, demand
from tests.bench.places import Place, settle
from tests.bench.rows import ROWS_A_BATCH

_PATIENCE_SECONDS = 600
_POLL_SECONDS = 0.1
_READY_SECONDS = 90
_ROWS_A_BURST = 100
_STEADY_A_SECOND = 10


def windows(place: Place, sizes: Sizes) -> Figures:
    """From the first POST to the last window in disclosure, with both services, the relay and the broker at work."""
    house = BenchHouse.built(place)
    roles = (("serve", "ingest"), ("work", "ingest"), ("work", "disclosure"))
    with ExitStack() as stack:
        for role in roles:
            stack.enter_context(house.running(*role))
        settle(place)
        database = house.database("disclosure")
        count = select(func.count()).select_from(publication)
        first = house.load(ROWS_A_BATCH, run="first")  # workers have no port that would tell when they are ready
        rest = house.load(sizes.path_rows + ROWS_A_BATCH, run="rest", skip=1)
        run(_until(database, lambda: one_value(database, count), first.rows * len(Audience), first))
        seconds, _ = run(_until(database, lambda: one_value(database, count), rest.rows * len(Audience), rest))
        peaks = {f"{'_'.join(role)}_mb": house.peak_mb(*role) for role in roles}
    return {"rows_per_s": sizes.path_rows / seconds, "peak_mb": peaks["work_disclosure_mb"], **peaks}


def portals(place: Place, sizes: Sizes) -> Figures:
    """From the first POST to the last record seen on all three portals: first a burst, then a steady trickle."""
    house = BenchHouse.built(place)
    running = process_a_role if place.is_real else one_process
    burst = house.load(sizes.burst_records, run="burst", rows_a_request=_ROWS_A_BURST)
    total = sizes.burst_records + sizes.steady_records
    steady = house.load(total, run="steady", rows_a_request=1, a_second=_STEADY_A_SECOND, skip=sizes.burst_records)
    with running(house.settings):
        run(_ready(house))
        settle(place)
        database = house.database("sync")
        seen = select(func.count()).select_from(placement).where(_seen())
        seconds, _ = run(_until(database, lambda: one_value(database, seen), sizes.burst_records * len(Portal), burst))
        _, steady_at = run(_until(database, lambda: one_value(database, seen), total * len(Portal), steady))
    of_burst, of_steady = run(_delays(house, steady_at))
    demand(len(of_burst) == sizes.burst_records, f"{len(of_burst)} of {sizes.burst_records} records were seen")
    demand(len(of_steady) == sizes.steady_records, f"{len(of_steady)} of {sizes.steady_records} records were seen")
    return {
        "records_per_s": sizes.burst_records / seconds,
        "burst_p50_s": _percentile(of_burst, 0.5),
        "burst_p99_s": _percentile(of_burst, 0.99),
        "p50_ms": _percentile(of_steady, 0.5) * 1000,
        "p99_ms": _percentile(of_steady, 0.99) * 1000,
    }


async def _until(
    database: Database, count: Callable[[], Awaitable[int]], wanted: int, load: Load
) -> tuple[float, float]:
    """Send the load; the seconds until so many are counted, and when the first request left."""
    child = start_load(load)
    try:
        deadline = asyncio.get_running_loop().time() + _PATIENCE_SECONDS
        while (number := await count()) < wanted:
            if child.poll():
                break
            if asyncio.get_running_loop().time() > deadline:
                raise WrongResult(f"{number} of {wanted} after {_PATIENCE_SECONDS} s")
            await asyncio.sleep(_POLL_SECONDS)
        ended_at = wall_time().timestamp()
        answered = await asyncio.to_thread(finish_load, child)
        demand(await count() == wanted, f"{await count()} are counted and {wanted} are wanted")
        return ended_at - answered.started_at, answered.started_at
    finally:
        if child.poll() is None:
            child.kill()
        await database.close()


async def _delays(house: BenchHouse, steady_at: float) -> tuple[list[float], list[float]]:
    """Seconds of each record from its admission to the portal that showed it last, sorted: burst and steady."""
    admitted = await _instants(house.database("ingest"), select(record.c.record_id, record.c.changed_at))
    last_seen = (
        select(placement.c.record_id, func.max(placement.c.observed_at, type_=placement.c.observed_at.type))
        .where(_seen())
        .group_by(placement.c.record_id)
        .having(func.count() == len(Portal))
    )
    observed = await _instants(house.database("sync"), last_seen)
    burst: list[float] = []
    steady: list[float] = []
    for record_id, at in observed.items():
        began = admitted[record_id]
        (steady if began.timestamp() >= steady_at else burst).append((at - began).total_seconds())
    return sorted(burst), sorted(steady)


async def _instants(database: Database, statement: Select[Any]) -> dict[str, datetime]:
    try:
        async with database.reading() as connection:
            return {row[0]: row[1] for row in await connection.execute(statement)}
    finally:
        await database.close()


async def _ready(house: BenchHouse) -> None:
    visitor = Visitor(house.addresses, ensure_identity(house.place.folder), SystemClock())
    try:
        await visitor.wait_until_ready(_READY_SECONDS)
    finally:
        await visitor.close()


def _seen() -> ColumnElement[bool]:
    return (placement.c.observed == Sight.PRESENT) & (placement.c.observed_generation == placement.c.generation)


def _percentile(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
