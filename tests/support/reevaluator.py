"""A process that judges records anew in small slices until it is killed.

`python -m tests.support.reevaluator URL SHIFT`; SHIFT are the seconds by which its clock is ahead of the system's.
"""

import asyncio
import sys
from datetime import timedelta

from services.disclosure.policy.book import LawBook
from services.disclosure.policy.reevaluate import reevaluate_due
from shared.clock import FrozenClock, wall_time
from shared.database.engine import Database


async def main(url: str, shift: float) -> None:
    database, clock, book = Database(url, "disclosure"), FrozenClock(wall_time() + timedelta(seconds=shift)), LawBook()
    while True:
        await reevaluate_due(database, clock, book, limit=5)
        await asyncio.sleep(0.01)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], float(sys.argv[2])))
