"""How far the records are judged anew after an adoption (重新计算): counted from what still lies behind, and followed.

Reads only. Nobody asks while an adoption is complete; whoever follows one in which nothing moves is told so.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from services.disclosure.policy import due, store
from shared.clock import Clock, stopwatch
from shared.database.connection import AsyncConnection
from shared.database.engine import Database
from shared.database.types import AnyRow
from shared.errors import Unavailable

LOOK_SECONDS = 0.5
PATIENCE_SECONDS = 120.0


class Far(NamedTuple):
    """So many records of how many, how many a second, and how many seconds are left when that is known."""

    judged: int
    expected: int
    rate: float
    seconds_left: float | None


async def how_far(connection: AsyncConnection, adoption: AnyRow, now: datetime) -> Far | None:
    """Of the newest adoption, unless it is complete."""
    if adoption.completed_at is not None:
        return None
    behind = await due.count_behind(connection, adoption.revision)
    rate = adoption.judged / max((now - adoption.adopted_at).total_seconds(), 0.001)
    return Far(adoption.judged, adoption.judged + behind, rate, behind / rate if rate else None)


async def follow(
    database: Database, clock: Clock, note: Callable[[Far], None], patience: float = PATIENCE_SECONDS
) -> AnyRow:
    """The newest adoption when it is complete; raises `Unavailable` when nothing has moved for so many seconds."""
    judged, moved_at = -1, stopwatch()
    while True:
        async with database.reading() as connection:
            newest = await store.newest_adoption(connection)
            if newest is None:
                raise Unavailable("no packs were adopted yet: start `creditsync work disclosure`")
            far = await how_far(connection, newest, clock.now())
        if far is None:
            return newest
        note(far)
        if far.judged != judged:
            judged, moved_at = far.judged, stopwatch()
        elif stopwatch() - moved_at > patience:
            raise Unavailable(
                f"{far.expected - far.judged} records wait to be judged anew and none was for {patience:.0f} seconds: "
                "start `creditsync work disclosure`"
            )
        await asyncio.sleep(LOOK_SECONDS)
