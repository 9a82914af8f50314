"""Case `overtaking` (P5): take-downs on a portal at rest, and the same behind a backlog of publications.

Told is how long it takes from the order on the bus to the push that carries it. Nothing is judged by the answer: a
portal may take its time, and the law asks when the bureau told it.
"""

import asyncio
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, timedelta
from time import time
from typing import Any

from sqlalchemy import ColumnElement, func, select

from services.sync.tables import placement, push_attempt
from shared.clock import SystemClock, legal_date, stopwatch
from shared.contracts.envelope import Event, encode
from shared.contracts.events import EventData
from shared.database.engine import Database
from shared.ids import new_id
from shared.messaging.bus import Bus, Message
from shared.messaging.connect import open_bus
from shared.vocabulary import Audience, Portal
from shared.web.server import run
from tests.bench.house import BenchHouse, one_value
from tests.bench.measure import Figures, Sizes, demand
from tests.bench.places import Place, settle
from tests.conformance.portal_rig import penalty
from tests.support import told

_A_MESSAGE, _A_SECOND, _SECONDS = 100, 10, 600
_is_acknowledged = placement.c.acknowledged_generation == placement.c.generation
_PORTAL = placement.c.portal == Portal.CREDIT_CHINA


def overtaking(place: Place, sizes: Sizes) -> Figures:
    """99 of 100 take-downs are pushed within `p99_ms`, at rest and behind the backlog."""
    house = BenchHouse.built(place)
    with ExitStack() as stack:
        for portal in Portal:
            stack.enter_context(house.running("portal", portal))
        stack.enter_context(house.running("work", "sync"))
        settle(place)
        return run(_measured(house, sizes))


async def _measured(house: BenchHouse, sizes: Sizes) -> Figures:
    number, database = sizes.take_downs, house.database("sync")
    ids = [f"{one:032x}" for one in range(2 * number + sizes.backlog)]
    bus = open_bus(house.bus_address(), "bench")
    await bus.open()
    try:
        await _tell(bus, [_online(one) for one in ids[: 2 * number]])
        await _until(database, 2 * number, _is_acknowledged)
        idle = await _taken_down(bus, database, ids[:number])
        await _tell(bus, [_online(one) for one in ids[2 * number :]])
        behind = await _taken_down(bus, database, ids[number : 2 * number])
        waiting = sizes.backlog - await _count(database, ~placement.c.take_down & _is_acknowledged)
        demand(waiting > 0, "the backlog was gone before the last take-down left")
    finally:
        await bus.close()
        await database.close()
    return {
        "idle_p50_ms": _at(idle, 0.5),
        "idle_p99_ms": _at(idle, 0.99),
        "behind_p50_ms": _at(behind, 0.5),
        "behind_p99_ms": _at(behind, 0.99),
        "still_waiting": waiting,
    }


async def _taken_down(bus: Bus, database: Database, ids: Sequence[str]) -> list[float]:
    """Seconds from the order to its push, sorted."""
    began, ordered = stopwatch(), dict[str, float]()
    for place, one in enumerate(ids):
        await asyncio.sleep(max(0.0, began + place / _A_SECOND - stopwatch()))
        ordered[one] = time()
        await _tell(bus, [told.offline(one, Audience.CREDIT_SITES)])
    pushed = (
        select(push_attempt.c.record_id, func.min(push_attempt.c.attempted_at, type_=push_attempt.c.attempted_at.type))
        .where(push_attempt.c.record_id.in_(ids), push_attempt.c.take_down)
        .where(push_attempt.c.portal == Portal.CREDIT_CHINA)
        .group_by(push_attempt.c.record_id)
    )
    async with asyncio.timeout(_SECONDS):
        while True:
            async with database.reading() as connection:
                rows = (await connection.execute(pushed)).all()
            if len(rows) == len(ids):
                return sorted(row[1].astimezone(UTC).timestamp() - ordered[row[0]] for row in rows)
            await asyncio.sleep(0.2)


def _online(record_id: str) -> EventData:
    today = legal_date(SystemClock().now())
    days = {"opens_on": today, "closes_on": today + timedelta(days=300), "due_at": SystemClock().now()}
    return told.online(record_id, Audience.CREDIT_SITES, record=penalty(int(record_id, 16) + 1), **days)


async def _tell(bus: Bus, orders: Sequence[EventData]) -> None:
    now = SystemClock().now()
    for at in range(0, len(orders), _A_MESSAGE):
        some = orders[at : at + _A_MESSAGE]
        kind = some[0].TYPE
        events: list[Event[Any]] = [
            Event(id=new_id(), source="/creditsync/bench", type=kind, subject=one.about(), time=now, data=one)
            for one in some
        ]
        await bus.publish([Message(new_id(), kind, kind, encode(events))])


async def _until(database: Database, wanted: int, which: ColumnElement[bool]) -> None:
    async with asyncio.timeout(_SECONDS):
        while await _count(database, which) < wanted:  # noqa: ASYNC110 - other processes move it
            await asyncio.sleep(0.1)


async def _count(database: Database, which: ColumnElement[bool]) -> int:
    return await one_value(database, select(func.count()).select_from(placement).where(_PORTAL, which))


def _at(ordered: list[float], share: float) -> float:
    return ordered[int(len(ordered) * share)] * 1000
