"""What ingest does when an event arrives. The consumer has opened the transaction and commits it."""

from collections.abc import Sequence
from typing import Any

from services.ingest.day import DayBook
from services.ingest.objections.carry_out import carry_out
from services.ingest.tables import calendar_year
from shared.calendars.hear import hear_years
from shared.clock import legal_date
from shared.contracts.envelope import Event
from shared.contracts.objections import ObjectionUpheld
from shared.messaging.unit_of_work import UnitOfWork
from shared.sealing import Sealer
from shared.vocabulary import Remedy


async def calendar(work: UnitOfWork, events: Sequence[Event[Any]]) -> None:
    """`ingest.calendar`: years whose holidays were announced."""
    await hear_years(work, calendar_year, [event.data for event in events])


class Objections:
    """`ingest.objections`: objections that were upheld."""

    def __init__(self, days: DayBook, sealer: Sealer) -> None:
        self._days = days
        self._sealer = sealer

    async def __call__(self, work: UnitOfWork, events: Sequence[Event[Any]]) -> None:
        told: list[ObjectionUpheld] = [event.data for event in events]
        ours = [one for one in told if one.remedy in (Remedy.CORRECT, Remedy.WITHDRAW)]
        if not ours:
            return
        day = await self._days.on(work.connection, legal_date(work.now))
        for upheld in ours:  # each is a person's decision about one record and is answered by itself
            await carry_out(work, upheld, day, self._sealer)
