"""What the endpoints of ingest share: the database, the clock, the sealer and the calendar, put on `app.state`."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request, Response
from sqlalchemy.exc import IntegrityError

from services.ingest.day import DayBook
from shared.clock import Clock
from shared.database.engine import Database
from shared.errors import OVERLOADED, Problem
from shared.messaging.unit_of_work import UnitOfWork, unit_of_work
from shared.sealing import Sealer
from shared.web.caller import EVERY_AUTHORITY, Caller
from shared.web.precedence import Precedence

_TRIES = 3


@dataclass(frozen=True)
class IngestDesk:
    """The parts of one running ingest."""

    database: Database
    clock: Clock
    sealer: Sealer
    days: DayBook
    max_batch_rows: int
    precedence: Precedence

    async def in_one_transaction(self, do: Callable[[UnitOfWork], Awaitable[Response]]) -> Response:
        """Run `do` in a transaction. When another batch admitted the same new record first, judge anew against it."""
        for _ in range(_TRIES):
            try:
                async with unit_of_work(self.database, self.clock) as work:
                    return await do(work)
            except IntegrityError:
                continue
        raise Problem(OVERLOADED, "Other batches keep changing the same records.", retry_after_seconds=1)


async def _desk(request: Request) -> IngestDesk:
    desk: IngestDesk = request.app.state.desk
    return desk


Desk = Annotated[IngestDesk, Depends(_desk)]


def authorities_of(caller: Caller) -> frozenset[str] | None:
    """The authorities that a caller may write for; None means any."""
    return None if EVERY_AUTHORITY in caller.authorities else caller.authorities
