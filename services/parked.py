"""Parked events from the terminal: which they are, and sending one back once the fault is mended."""

from services.house import SERVICES
from shared.clock import Clock
from shared.database.engine import Database
from shared.errors import NOT_FOUND, Problem
from shared.messaging.parked import ParkedEvent, list_parked, release
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
            return list(await list_parked(connection, limit=MOST_LISTED))
    finally:
        await database.close()


async def release_event(service: str, parked_id: str) -> None:
    """Send one back to its queue; the service's relay takes it from there. Raises `Problem` when it is unknown."""
    database, clock = _of(service)
    try:
        async with unit_of_work(database, clock) as work:
            if not await release(work, parked_id):
                raise Problem(NOT_FOUND, f"{service} has no parked event {parked_id[:64]}.")
    finally:
        await database.close()
