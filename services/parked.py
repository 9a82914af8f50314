"""Parked events from the terminal: which they are, and what a person decides about one once the fault is mended."""

import getpass
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.house import SERVICES
from shared.clock import Clock
from shared.database.engine import Database
from shared.database.migrate import on_tables_of
from shared.errors import NOT_FOUND, Problem
from shared.messaging.parked_events import Chosen, ParkedEvent, list_parked
from shared.messaging.settle_parked import Remedy, choose, settle
from shared.messaging.unit_of_work import unit_of_work

MOST_LISTED = 200


@asynccontextmanager
async def _database_of(service: str) -> AsyncIterator[tuple[Database, Clock]]:
    settings = SERVICES[service].load({})
    database = Database(settings.database_for(service), service)
    try:
        async with on_tables_of(database, SERVICES[service].tables.versions):
            yield database, settings.clock()
    finally:
        await database.close()


async def parked_events(service: str) -> list[ParkedEvent]:
    """The oldest parked events of one service."""
    async with _database_of(service) as (database, _), database.reading() as connection:
        return await list_parked(connection, limit=MOST_LISTED)


async def settle_event(service: str, parked_id: str, remedy: Remedy, reason: str) -> None:
    """Send one back to its queue, where the service's relay takes it, or discard it. Raises `Problem` when it is
    unknown."""
    async with _database_of(service) as (database, clock), unit_of_work(database, clock) as work:
        events = await choose(work, Chosen(parked_ids=[parked_id]))
        if not events:
            raise Problem(NOT_FOUND, f"{service} has no parked event {parked_id[:64]}.")
        await settle(work, events, remedy, actor=f"terminal:{getpass.getuser()}", reason=reason)
