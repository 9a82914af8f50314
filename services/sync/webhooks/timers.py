"""Level-driven jobs of the subscribers: number changes, carry out replays, forget what is old, measure."""

from datetime import timedelta

from services.sync import wake
from services.sync.webhooks import claiming, feed, measure, prune, replay, sequence
from services.sync.webhooks.deliver import Dealt
from shared.runtime import Ground
from shared.timers import Timer

NUMBER_EVERY_SECONDS = 0.25
"""Who notes a change rings. This is for a change whose bell was not heard, as between processes on SQLite."""


def webhook_timers(ground: Ground, feed_days: int, delivery_days: int, dealt: Dealt) -> list[Timer]:
    """In no order that matters. `dealt` is told to whom there is something to deliver."""
    database, clock = ground.database, ground.clock
    keep_changes, keep_deliveries = timedelta(days=feed_days), timedelta(days=delivery_days)

    heard = 0

    async def number() -> int:
        """What comes after a look that found everything rings again."""
        nonlocal heard
        is_told, heard = database.bells.times(wake.CHANGES) > heard, database.bells.times(wake.CHANGES)
        numbered = await sequence.number_changes(database, clock, is_told=is_told, busy=dealt.busy())
        await claiming.give_back(database, clock, dealt.to(numbered.subscribers, numbered.handed))
        return 1 if numbered.has_more else 0

    return [
        Timer("sync.changes", NUMBER_EVERY_SECONDS, number, database.bells.of(wake.CHANGES)),
        Timer("sync.replays", 1.0, lambda: replay.carry_out(database, clock)),
        Timer("sync.forget_changes", 3600.0, lambda: feed.prune(database, clock, keep_changes)),
        Timer("sync.forget_deliveries", 600.0, lambda: prune.prune_deliveries(database, clock, keep_deliveries)),
        Timer("sync.subscribers", 15.0, lambda: measure.tell(database, clock)),
    ]
