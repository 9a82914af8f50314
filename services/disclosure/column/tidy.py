"""Takes out of the search index what a sweep has ended: afterwards and unhurried, as no search shows it meanwhile.

A search compares each hit with today's date, so an entry that is left over costs one look and never shows (G04). To
take it out within the sweep would make every take-down order wait for three scattered index pages.
"""

from sqlalchemy import delete, exists, select

from services.disclosure.column.tables import column_entry
from services.disclosure.domain.display import PublicationState
from services.disclosure.tables import publication
from shared.clock import Clock
from shared.database.engine import Database
from shared.messaging.unit_of_work import UnitOfWork, unit_of_work
from shared.timers import Timer
from shared.vocabulary import Audience

ENTRIES_AT_ONCE = 50_000
EVERY_SECONDS = 3600.0


async def tidy(work: UnitOfWork, at_once: int = ENTRIES_AT_ONCE) -> int:
    """Remove entries of records that are not online on the bureau's own column; returns how many, at most `at_once`."""
    shown = publication.c
    online = exists().where(
        shown.record_id == column_entry.c.record_id,
        shown.audience == Audience.OWN_COLUMN,
        shown.state == PublicationState.ONLINE,
    )
    left_over = select(column_entry.c.record_id).where(~online).limit(at_once)
    done = await work.connection.execute(delete(column_entry).where(column_entry.c.record_id.in_(left_over)))
    return done.rowcount


def timers(database: Database, clock: Clock) -> list[Timer]:
    async def tidy_index() -> int:
        async with unit_of_work(database, clock) as work:
            return await tidy(work)

    return [Timer("disclosure.column_tidy", EVERY_SECONDS, tidy_index)]
