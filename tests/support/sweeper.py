"""Ends what is over on a day until nothing is left, in a process of its own, for tests that kill it and to measure it.

    python -m tests.support.sweeper DATABASE_URL 2026-02-01 10000      (the last: how many at once)

Prints one line of JSON: how many it ended, the seconds that took, and the peak of its memory.
"""

import asyncio
import json
import sys
from datetime import date

from services.disclosure.take_down import expire
from shared.clock import FrozenClock, start_of_legal_day, stopwatch
from shared.database.engine import Database
from shared.messaging.unit_of_work import unit_of_work
from tests.bench.processes import own_peak_mb


async def sweep(database: Database, on: date, at_once: int) -> int:
    """As the timer does it: a transaction a slice, until one finds nothing."""
    clock, ended = FrozenClock(start_of_legal_day(on)), 0
    while True:
        async with unit_of_work(database, clock) as work:
            taken = await expire(work, at_once)
        if not taken:
            return ended
        ended += taken


async def _main(url: str, on: str, at_once: str) -> None:
    database = Database(url, "disclosure")
    try:
        await database.check()
        start = stopwatch()
        ended = await sweep(database, date.fromisoformat(on), int(at_once))
        seconds = stopwatch() - start
    finally:
        await database.close()
    print(json.dumps({"ended": ended, "seconds": seconds, "peak_mb": own_peak_mb()}))


if __name__ == "__main__":
    asyncio.run(_main(*sys.argv[1:]))
