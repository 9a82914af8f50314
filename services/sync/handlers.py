"""What sync does when an event arrives. The consumer has opened the transaction and commits it."""

from collections.abc import Sequence
from typing import Any

from services.sync.order import Adapters, want_offline, want_online
from services.sync.tables import calendar_year
from shared.calendars.book import CalendarBook
from shared.calendars.hear import hear_years
from shared.contracts.envelope import Event
from shared.messaging.unit_of_work import UnitOfWork


class Handlers:
    """One method a queue of `shared.messaging.topology`."""

    def __init__(self, adapters: Adapters, calendars: CalendarBook) -> None:
        self._adapters = adapters
        self._calendars = calendars

    async def publications(self, work: UnitOfWork, events: Sequence[Event[Any]]) -> None:
        """`sync.publications`: publication.online."""
        calendar = await self._calendars.current(work.connection)
        await want_online(work, [event.data for event in events], self._adapters, calendar)

    async def take_downs(self, work: UnitOfWork, events: Sequence[Event[Any]]) -> None:
        """`sync.take_downs`: publication.offline, on a queue of its own so that it never waits behind publications."""
        calendar = await self._calendars.current(work.connection)
        await want_offline(work, [event.data for event in events], calendar)

    async def calendar(self, work: UnitOfWork, events: Sequence[Event[Any]]) -> None:
        """`sync.calendar`: years whose holidays were announced."""
        await hear_years(work, calendar_year, [event.data for event in events])
