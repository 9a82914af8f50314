"""The orders of a fault run: every record is to be shown on two portals, and every second one is to disappear again."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select

from services.sync.tables import placement
from shared.clock import Clock
from shared.contracts.base import EventData
from shared.contracts.events import PublicationOffline, PublicationOnline
from shared.database.engine import Database
from shared.errors import Unavailable
from shared.messaging.unit_of_work import unit_of_work
from shared.vocabulary import PORTALS_OF, Audience, TakeDownReason
from tests.conformance.portal_rig import penalty
from tests.support.sync_house import record_id

AUDIENCE = Audience.CREDIT_SITES
PORTALS = PORTALS_OF[AUDIENCE]
_TOLD_AT_ONCE = 50
_PORTIONS = 50
"""Few orders are told in at least so many portions."""

_UNDER_WAY = 600
"""More are told only when this many are done: the faults shall meet every stage of an order, not a queue."""

_AGAIN = 0.2


def is_taken_down(number: int) -> bool:
    return number % 2 == 0


def orders_for(records: int) -> int:
    """How many orders the portals get in all."""
    return len(PORTALS) * (records + records // 2)


@dataclass
class Leave:
    """How many orders may be given by now. It grows with the faults, so that each of them finds orders under way."""

    orders: int = 0


async def give(database: Database, clock: Clock, records: int, leave: Leave) -> None:
    """Give all orders; what could not be committed is given again."""
    told, at_once = 0, max(1, min(_TOLD_AT_ONCE, records // _PORTIONS))
    for at in range(1, records + 1, at_once):
        numbers = range(at, min(at + at_once, records + 1))
        await _tell(database, clock, [_online(number, clock) for number in numbers])
        earlier = range(max(1, at - at_once), at)
        await _tell(database, clock, [_offline(one, clock) for one in earlier if is_taken_down(one)])
        told += len(PORTALS) * (len(numbers) + sum(map(is_taken_down, earlier)))
        while told >= leave.orders or told - await done(database) > _UNDER_WAY:  # noqa: ASYNC110 - nothing rings
            await asyncio.sleep(_AGAIN)
    last = range(records - (records - 1) % at_once, records + 1)
    await _tell(database, clock, [_offline(one, clock) for one in last if is_taken_down(one)])


async def done(database: Database) -> int:
    """Orders of which was seen that the portal obeyed; an order that a newer one replaced counts with it."""
    columns = placement.c
    seen = select(func.sum(columns.source_generation)).where(columns.observed_generation == columns.generation)
    while True:
        try:
            async with database.reading() as connection:
                return int(await connection.scalar(seen) or 0)
        except Unavailable:
            await asyncio.sleep(_AGAIN)


async def _tell(database: Database, clock: Clock, told: Sequence[EventData]) -> None:
    """At least once: a commit whose answer was lost is told again, and does nothing the second time."""
    while told:
        try:
            async with unit_of_work(database, clock) as work:
                work.tell(*told)
            return
        except Unavailable:
            await asyncio.sleep(_AGAIN)


def _online(number: int, clock: Clock) -> PublicationOnline:
    return PublicationOnline(
        record_id=record_id(number),
        generation=1,
        audience=AUDIENCE,
        record=penalty(number),
        opens_on=date(2026, 1, 6),
        closes_on=date(2027, 3, 31),
        repair_from_on=None,
        rule_id="test",
        due_at=clock.now() + timedelta(days=7),
    )


def _offline(number: int, clock: Clock) -> PublicationOffline:
    return PublicationOffline(
        record_id=record_id(number),
        generation=2,
        audience=AUDIENCE,
        reason=TakeDownReason.REPAIR_APPROVED,
        offline_on=date(2026, 3, 2),
        due_at=clock.now() + timedelta(days=1),
    )
