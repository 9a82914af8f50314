"""Publish what waits at the portals and for how long: orders by lane, stopped channels, overdue forms."""

from services.sync import filings, placements
from services.sync.channel import read_channels
from services.sync.domain.channel import Breaker
from services.sync.domain.filing import Stage
from services.sync.metrics import BREAKER, FILINGS_OVERDUE, OLDEST_WAITING, STOPPED, WAITING
from shared.clock import Clock
from shared.database.engine import Database
from shared.vocabulary import Portal

LANES = {True: "take_down", False: "publish"}


async def tell_waiting(database: Database, clock: Clock) -> int:
    """Set every gauge, also those that are back at nothing."""
    async with database.reading() as connection:
        lanes = {(row.portal, row.take_down): row for row in await placements.backlog(connection)}
        channels = await read_channels(connection)
        overdue = await filings.overdue(connection, clock)
    for portal in Portal:
        for take_down, lane in LANES.items():
            row = lanes.get((portal, take_down))
            age = (clock.now() - row.oldest_wanted_at).total_seconds() if row else 0.0
            WAITING.labels(portal, lane).set(row.waiting if row else 0)
            OLDEST_WAITING.labels(portal, lane).set(max(age, 0.0))
        channel = channels.get(portal)
        STOPPED.labels(portal).set(bool(channel and channel.stopped_by))
        BREAKER.labels(portal).set(bool(channel and channel.breaker is not Breaker.CLOSED))
        for stage in Stage:
            FILINGS_OVERDUE.labels(portal, stage).set(overdue.get((portal, stage), 0))
    return 0
