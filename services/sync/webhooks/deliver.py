"""Bring deliveries to their endpoints: claim, send, note. No transaction is open while an endpoint is asked.

Each endpoint has a lane of its own with a few requests at once, so that one that never answers delays nobody else
(guarantee G13). A deliverer that is killed between sending and noting is followed by another: the same id again.
"""

import asyncio
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

import structlog

from services.sync.webhooks import deliveries
from services.sync.webhooks.keys import KeyRing
from services.sync.webhooks.lane import Ground, Lane
from services.sync.webhooks.sending import Sender, send
from shared.bells import first_of
from shared.clock import Clock, stopwatch
from shared.database.engine import Database
from shared.errors import Unavailable

log = structlog.get_logger()

LANES = 100
EVERY_SECONDS = 1.0
"""Whoever deals out deliveries rings. This is for what is tried again, and for what other processes dealt out."""
_AFTER_FAILURE_SECONDS = 5.0


class Dealt:
    """To whom deliveries were dealt out in this process: these leave at once."""

    def __init__(self) -> None:
        self.rung = asyncio.Event()
        self._names: set[str] = set()

    def to(self, subscriber_ids: Collection[str]) -> None:
        if subscriber_ids:
            self._names.update(subscriber_ids)
            self.rung.set()

    def take(self) -> Collection[str]:
        """Who was named since this was last asked."""
        self.rung.clear()
        taken, self._names = sorted(self._names), set()
        return taken


@dataclass(frozen=True)
class Deliverer:
    """What the lanes need."""

    database: Database
    clock: Clock
    keys: KeyRing
    egress: Sender
    pause_after: timedelta
    dealt: Dealt = field(default_factory=Dealt)

    async def run(self, stop: asyncio.Event) -> None:
        """Keep a lane open for every endpoint with work, until `stop` is set."""
        lanes: dict[str, Lane] = {}
        try:
            async with asyncio.TaskGroup() as group:
                look_at = stopwatch()
                while not stop.is_set():
                    if (left := look_at - stopwatch()) <= 0:
                        self._open(await self._with_work(), lanes, group, stop)
                        look_at = stopwatch() + EVERY_SECONDS
                    else:
                        await first_of(self.dealt.rung, stop, seconds=left)
                        self._open(self.dealt.take(), lanes, group, stop)
        finally:
            await self.egress.close()

    async def _with_work(self) -> Collection[str]:
        with suppress(Unavailable):
            async with self.database.looking() as connection:
                return await deliveries.endpoints_with_work(connection, self.clock.now(), 2 * LANES)
        return ()

    def _open(
        self, names: Collection[str], lanes: dict[str, Lane], group: asyncio.TaskGroup, stop: asyncio.Event
    ) -> None:
        for subscriber_id in names:
            if lane := lanes.get(subscriber_id):
                lane.look_again()
            elif len(lanes) < LANES:
                lanes[subscriber_id] = lane = self._lane(subscriber_id, stop)
                running = group.create_task(_run(lane, stop))
                running.add_done_callback(partial(self._close, lanes, subscriber_id))

    def _close(self, lanes: dict[str, Lane], subscriber_id: str, _running: asyncio.Task[None]) -> None:
        """What was dealt out while a lane was ending must not wait for the next look."""
        if lanes.pop(subscriber_id).has_more:
            self.dealt.to([subscriber_id])

    def _lane(self, subscriber_id: str, stop: asyncio.Event) -> Lane:
        ground = Ground(self.database, self.clock, self.keys, self.pause_after)
        return Lane(ground, subscriber_id, partial(send, self.egress), stop)

    async def deliver(self, subscriber_id: str) -> int:
        """Send one endpoint what is due, until nothing is or it fails; returns how many were sent."""
        return await self._lane(subscriber_id, asyncio.Event()).run()


async def _run(lane: Lane, stop: asyncio.Event) -> None:
    """A lane that fails is opened again; the others never notice."""
    try:
        await lane.run()
    except Unavailable as error:
        log.warning("deliveries_postponed", subscriber_id=lane.subscriber_id, reason=type(error).__name__)
    except Exception as error:
        log.error("deliveries_failed", subscriber_id=lane.subscriber_id, error=type(error).__name__)
        await first_of(stop, seconds=_AFTER_FAILURE_SECONDS)
