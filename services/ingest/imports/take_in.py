"""Judge and admit one slice of rows from a file or another system, together with the note of how far one has come.

What is noted and what is admitted share one transaction, so that a slice takes effect once (guarantees G01, G02).
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError

from services.ingest.admit import admit, judge_rows
from services.ingest.day import DayBook
from services.ingest.known import find_known
from services.ingest.metrics import count_verdicts
from services.ingest.receipt import Receipt
from services.ingest.submission import Submission
from shared.clock import Clock, legal_date
from shared.database.engine import Database
from shared.errors import Unavailable
from shared.messaging.unit_of_work import UnitOfWork, unit_of_work
from shared.sealing import Sealer

_TRIES = 5


class LeaseLost(Exception):
    """Somebody else goes on from here; nothing was changed."""


Hold = Callable[[UnitOfWork], Awaitable[None]]
"""Locks what is read and raises `LeaseLost` when it is not ours any more. Called first in the transaction."""

Note = Callable[[UnitOfWork, Receipt], Awaitable[None]]
"""Writes down how far one has come. Called last in the transaction."""


@dataclass(frozen=True)
class Intake:
    """What taking rows in needs."""

    database: Database
    clock: Clock
    sealer: Sealer
    days: DayBook

    async def take_in(self, submission: Submission, hold: Hold, note: Note) -> Receipt:
        """Every row gets its verdict, or nothing happens at all. Judging is done beside the event loop."""
        async with self.database.reading() as connection:
            known = await find_known(connection, submission, self.sealer)
            day = await self.days.on(connection, legal_date(self.clock.now()))
        judged = await asyncio.to_thread(judge_rows, submission, known, day, self.sealer)
        for _ in range(_TRIES):
            try:
                async with unit_of_work(self.database, self.clock) as work:
                    await hold(work)
                    receipt = await admit(work, submission, judged, self.sealer)
                    await note(work, receipt)
            except IntegrityError:  # another batch admitted the same new record first: decide again against it
                continue
            count_verdicts(receipt)
            return receipt
        raise Unavailable("other batches keep changing the records of this slice")
