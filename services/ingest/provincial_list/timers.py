"""The level-driven job that works off comparisons of provincial lists, a page at a time."""

from services.ingest.provincial_list.compare import compare_step
from shared.clock import Clock
from shared.database.engine import Database
from shared.messaging.unit_of_work import unit_of_work
from shared.timers import Timer

_EVERY_SECONDS = 5.0


def timers(database: Database, clock: Clock) -> list[Timer]:
    async def compare() -> int:
        async with unit_of_work(database, clock) as work:
            return await compare_step(work)

    return [Timer("ingest.list_comparisons", _EVERY_SECONDS, compare)]
