"""Carries the outbox of one service to the bus: claim, publish outside any transaction, delete after the confirm.

What was committed is published until the broker has it; a crash between confirm and delete publishes a message
twice, which the inbox makes harmless (guarantee G01). Any number of relays may run on one outbox.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta

import structlog

from shared.bells import first_of
from shared.clock import Clock, stopwatch, wall_time
from shared.database.engine import Database
from shared.errors import Unavailable
from shared.messaging import metrics, relay_store
from shared.messaging.bus import Bus, Unroutable
from shared.messaging.intake import pause
from shared.messaging.relay_store import OutboxRow
from shared.messaging.topology import back_off

# 32 messages of 100 events are about 4 MB: enough to spread the cost of a transaction, little enough to hold.
_MESSAGES_AT_ONCE = 32
# SQLite is for one process, whose transactions ring.
_POLL_SECONDS = {"sqlite": 1.0, "postgresql": 0.2}
_GAUGE_SECONDS = 5
# Only a release that changes the topology helps, so there is no hurry.
_UNROUTABLE = timedelta(seconds=60)

log = structlog.get_logger()


class Relay:
    """Publishes what the transactions of one service told. `lease_seconds` must exceed the bus's own time-out."""

    def __init__(self, database: Database, bus: Bus, clock: Clock, *, lease_seconds: float = 30) -> None:
        self._database = database
        self._bus = bus
        self._clock = clock
        self._lease = timedelta(seconds=lease_seconds)
        self._gauges_at = 0.0
        self._failures = 0

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop` is set; a batch that is being published is finished first."""
        while not stop.is_set():
            try:
                self._database.outbox_filled.clear()
                published = await self.run_once()
                await self._refresh_gauges()
                self._failures = 0
                if not published:
                    await self._until_filled(stop)
            except Exception as error:  # whatever it is, a relay that ends would leave the outbox to grow unseen
                self._failures += 1
                log.warning("relay_failed", service=self._database.schema, error=type(error).__name__)
                await pause(stop, back_off(self._failures))

    async def run_once(self) -> int:
        """Publish one batch of the oldest messages; the number of events that the broker confirmed."""
        async with self._database.writing() as connection:
            now = wall_time()
            until = now + self._lease
            batch = await relay_store.claim(connection, _MESSAGES_AT_ONCE, now, until)
        if not batch:
            return 0
        confirmed = await self._publish(batch, until)
        if confirmed:
            async with self._database.writing() as connection:
                await relay_store.delete_confirmed(connection, _ids(confirmed), until)
        events = sum(row.events for row in confirmed)
        metrics.EVENTS_PUBLISHED.labels(self._database.schema).inc(events)
        return events

    async def _publish(self, batch: Sequence[OutboxRow], until: datetime) -> Sequence[OutboxRow]:
        """The rows that the broker confirmed; the others are released for later."""
        try:
            await self._bus.publish([row.message for row in batch])
        except Unroutable as error:
            stuck = [row for row in batch if row.message.routing_key in error.routing_keys]
            metrics.MESSAGES_UNROUTABLE.labels(self._database.schema).inc(len(stuck))
            log.error("messages_unroutable", service=self._database.schema, routing_keys=sorted(error.routing_keys))
            await self._release(stuck, until, _UNROUTABLE)
            return [row for row in batch if row.message.routing_key not in error.routing_keys]
        except Exception:
            await self._release(batch, until, timedelta(seconds=back_off(self._failures + 1)))
            raise
        return batch

    async def _release(self, rows: Sequence[OutboxRow], until: datetime, delay: timedelta) -> None:
        with suppress(Unavailable):  # then the lease runs out by itself
            async with self._database.writing() as connection:
                await relay_store.release(connection, _ids(rows), until, wall_time() + delay)

    async def _until_filled(self, stop: asyncio.Event) -> None:
        """Transactions of this process ring; those of others, and leases that run out, are found by the poll."""
        await first_of(stop, self._database.outbox_filled, seconds=_POLL_SECONDS[self._database.dialect])

    async def _refresh_gauges(self) -> None:
        if stopwatch() < self._gauges_at:
            return
        self._gauges_at = stopwatch() + _GAUGE_SECONDS
        async with self._database.reading() as connection:
            waiting, oldest = await relay_store.backlog(connection)
        age = (self._clock.now() - oldest).total_seconds() if oldest else 0.0
        metrics.OUTBOX_WAITING.labels(self._database.schema).set(waiting)
        metrics.OUTBOX_OLDEST.labels(self._database.schema).set(max(0.0, age))


def _ids(rows: Sequence[OutboxRow]) -> list[int]:
    return [row.outbox_id for row in rows]
