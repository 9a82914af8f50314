"""Level-driven jobs of the subscribers: number changes, carry out replays, forget what is old, measure."""

import asyncio
from datetime import timedelta

from services.sync import wake
from services.sync.webhooks import feed, measure, prune, replay, sequence
from shared.runtime import Ground
from shared.timers import Timer

NUMBER_EVERY_SECONDS = 0.25
"""Who notes a change rings. This is for a change whose bell was not heard, as between processes on SQLite."""


def webhook_timers(ground: Ground, feed_days: int, delivery_days: int, dealt: asyncio.Event) -> list[Timer]:
    """In no order that matters. `dealt` is set when there may be something to deliver."""
    database, clock = ground.database, ground.clock
    keep_changes, keep_deliveries = timedelta(days=feed_days), timedelta(days=delivery_days)

    async def number() -> int:
        numbered = await sequence.number_changes(database, clock)
        if numbered:
            dealt.set()
        return numbered

    return [
        Timer("sync.changes", NUMBER_EVERY_SECONDS, number, database.bells.of(wake.CHANGES)),
        Timer("sync.replays", 1.0, lambda: replay.carry_out(database, clock)),
        Timer("sync.forget_changes", 3600.0, lambda: feed.prune(database, clock, keep_changes)),
        Timer("sync.forget_deliveries", 600.0, lambda: prune.prune_deliveries(database, clock, keep_deliveries)),
        Timer("sync.subscribers", 15.0, lambda: measure.tell(database, clock)),
    ]
