"""What ingest does when an event arrives. The consumer has opened the transaction and commits it."""

from collections.abc import Sequence
from typing import Any

from services.ingest.tables import calendar_year
from shared.calendars.hear import hear_years
from shared.contracts.envelope import Event
from shared.messaging.unit_of_work import UnitOfWork


async def calendar(work: UnitOfWork, events: Sequence[Event[Any]]) -> None:
    """`ingest.calendar`: years whose holidays were announced."""
    await hear_years(work, calendar_year, [event.data for event in events])
