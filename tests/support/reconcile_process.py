"""A worker that reconciles in a process of its own and is killed in the middle of a listing: `DATABASE_URL PAGES`.

Its portal shows as many foreign entries a page as are stored together, and hangs
after some pages until somebody kills the process.
"""

import asyncio
import sys

from services.sync.app import NAME
from services.sync.reconciliation import runs
from services.sync.reconciliation.domain.verdict import MendingLimit
from services.sync.reconciliation.reconcile import ReconcileDesk
from services.sync.reconciliation.scan import ENTRIES_AT_ONCE
from shared.clock import FrozenClock
from shared.database.engine import Database
from shared.messaging.unit_of_work import unit_of_work
from tests.support.paged_fake import PagedFake
from tests.support.sync_house import CHINA, MINUTE, START

PAGES = 3
A_PAGE = ENTRIES_AT_ONCE


def portal() -> PagedFake:
    """What both processes see."""
    fake = PagedFake()
    fake.page_size = A_PAGE
    for number in range(PAGES * A_PAGE):
        fake.plant(f"foreign-{number:06}")
    return fake


class _Hanging(PagedFake):
    stops_at = 0

    async def _asked(self) -> None:
        if self.read == self.stops_at:
            print("HANGS", flush=True)
            await asyncio.Event().wait()


async def main(database_url: str, pages: int) -> None:
    database, clock = Database(database_url, NAME), FrozenClock(START + MINUTE)
    fake = _Hanging()
    fake.page_size, fake.held, fake.stops_at = A_PAGE, portal().held, pages
    async with unit_of_work(database, clock) as work:
        run = await runs.take(work, CHINA)
    assert run is not None
    await ReconcileDesk(database, clock, fake, MendingLimit()).run(run)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
