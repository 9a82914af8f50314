"""Publish what waits at the portals and for how long: orders by lane, take-downs that were not seen to be done, looks
and receipts, stopped channels, overdue forms."""

from collections.abc import Sequence
from datetime import timedelta

from services.sync import filings, placements
from services.sync.channel import read_channels
from services.sync.domain.channel import Breaker
from services.sync.domain.reading import Hold, Reading
from services.sync.domain.stages import Stage
from services.sync.metrics import (
    BREAKER,
    FILINGS_OVERDUE,
    OLDEST_READING,
    OLDEST_WAITING,
    READING_HELD,
    READING_WAITING,
    STOPPED,
    TAKE_DOWNS_DUE_SOON,
    TAKE_DOWNS_OVERDUE,
    WAITING,
)
from services.sync.reading import Paces, readings
from shared.clock import Clock
from shared.database.engine import Database
from shared.database.types import AnyRow
from shared.vocabulary import Portal, TakeDownReason

LANES = {True: "take_down", False: "publish"}

SOON = timedelta(hours=24)
"""Long enough for a person to call a portal on a working day. No number of the law."""

_FORMER_ENTRY = "former_entry"


async def tell_waiting(database: Database, clock: Clock, paces: Paces) -> int:
    """Set every gauge, also those that are back at nothing."""
    async with database.reading() as connection:
        lanes = {(row.portal, row.take_down): row for row in await placements.backlog(connection)}
        channels = await read_channels(connection)
        read = await readings(connection, channels, paces, clock.now())
        overdue = await filings.overdue(connection, clock)
        unseen = await placements.unseen_take_downs(connection, clock.now(), clock.now() + SOON)
    _tell_unseen(unseen)
    for portal, reading in read.items():
        _tell_reading(portal, reading, clock)
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


def _tell_reading(portal: Portal, reading: Reading, clock: Clock) -> None:
    due = reading.due
    age = (clock.now() - due.oldest_due_at).total_seconds() if due.oldest_due_at else 0.0
    OLDEST_READING.labels(portal).set(max(age, 0.0))
    READING_WAITING.labels(portal, "look").set(due.looks)
    READING_WAITING.labels(portal, "receipt").set(due.receipts)
    for reason in Hold:
        READING_HELD.labels(portal, reason).set(reading.held_by is reason)


def _tell_unseen(rows: Sequence[AnyRow]) -> None:
    found = {(row.portal, row.reason or _FORMER_ENTRY): (row.overdue, row.due - row.overdue) for row in rows}
    for portal in Portal:
        for reason in (*TakeDownReason, _FORMER_ENTRY):
            overdue, soon = found.get((portal, reason), (0, 0))
            TAKE_DOWNS_OVERDUE.labels(portal, reason).set(overdue)
            TAKE_DOWNS_DUE_SOON.labels(portal, reason).set(soon)
