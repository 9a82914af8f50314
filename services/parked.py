"""Parked events from the terminal: which they are, and what a person decides about one once the fault is mended."""

import getpass

from services.house import SERVICES
from shared.clock import Clock
from shared.database.engine import Database
from shared.errors import NOT_FOUND, Problem
from shared.messaging.parked_events import Chosen, ParkedEvent, list_parked
from shared.messaging.settle_parked import Remedy, choose, settle
from shared.messaging.unit_of_work import unit_of_work

MOST_LISTED = 200


def _of(service: str) -> tuple[Database, Clock]:
    settings = SERVICES[service].load({})
    return Database(settings.database_for(service), service), settings.clock()


async def parked_events(service: str) -> list[ParkedEvent]:
    """The oldest parked events of one service."""
    database, _ = _of(service)
    try:
        async with database.reading() as connection:
            return await list_parked(connection, limit=MOST_LISTED)
    finally:
        await database.close()


async def settle_event(service: str, parked_id: str, remedy: Remedy, reason: str) -> None:
    """Send one back to its queue, where the service's relay takes it, or discard it. Raises `Problem` when it is
    unknown."""
    database, clock = _of(service)
    try:
        async with unit_of_work(database, clock) as work:
            events = await choose(work, Chosen(parked_ids=[parked_id]))
            if not events:
                raise Problem(NOT_FOUND, f"{service} has no parked event {parked_id[:64]}.")
            await settle(work, events, remedy, actor=f"terminal:{getpass.getuser()}", reason=reason)
    finally:
        await database.close()
