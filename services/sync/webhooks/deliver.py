"""Bring deliveries to their endpoints: claim, send, note. No transaction is open while an endpoint is asked.

Each endpoint has a lane of its own with a few requests at once, so that one that never answers delays nobody else
(guarantee G13). A deliverer that is killed between sending and noting is followed by another: the same id again.
"""

import asyncio
from collections.abc import Collection, Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from itertools import groupby
from operator import attrgetter

import structlog

from services.sync.webhooks import deliveries
from services.sync.webhooks.handed import Handed
from services.sync.webhooks.keys import KeyRing
from services.sync.webhooks.lane import Ground, Lane
from services.sync.webhooks.sending import Sender, send
from shared.bells import first_of
from shared.clock import Clock
from shared.database.engine import Database
from shared.errors import Unavailable

log = structlog.get_logger()

LANES = 100
EVERY_SECONDS = 1.0
"""Whoever deals out deliveries rings. This is for what is tried again, and for what other processes dealt out."""
_AFTER_FAILURE_SECONDS = 5.0


class Dealt:
    """Where who deals out meets who delivers, in one process: what is dealt out here leaves at once."""

    def __init__(self) -> None:
        self._lanes: Lanes | None = None

    def busy(self) -> Collection[str] | None:
        """Who can be handed nothing now; None while nobody delivers here, or all lanes are in use."""
        return self._lanes.busy() if self._lanes else None

    def to(self, subscriber_ids: Collection[str], handed: Sequence[Handed] = ()) -> Sequence[Handed]:
        """There is something to claim for these, and something that is claimed already; returns what nobody takes."""
        if self._lanes is None:
            return handed
        untaken = self._lanes.take(handed)
        self._lanes.look(subscriber_ids)
        return untaken

    @contextmanager
    def taken_by(self, lanes: "Lanes") -> Generator[None]:
        self._lanes = lanes
        try:
            yield
        finally:
            self._lanes = None


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
        try:
            async with asyncio.TaskGroup() as group:
                lanes = Lanes(self, group, stop)
                with self.dealt.taken_by(lanes):
                    while not stop.is_set():
                        lanes.look(await self._with_work())
                        await first_of(stop, seconds=EVERY_SECONDS)
        finally:
            await self.egress.close()

    async def _with_work(self) -> Collection[str]:
        with suppress(Unavailable):
            async with self.database.looking() as connection:
                return await deliveries.endpoints_with_work(connection, self.clock.now(), 2 * LANES)
        return ()

    def lane(self, subscriber_id: str, stop: asyncio.Event, handed: Sequence[Handed] = ()) -> Lane:
        ground = Ground(self.database, self.clock, self.keys, self.pause_after)
        return Lane(ground, subscriber_id, partial(send, self.egress), stop, handed)

    async def deliver(self, subscriber_id: str) -> int:
        """Send one endpoint what is due, until nothing is or it fails; returns how many were sent."""
        return await self.lane(subscriber_id, asyncio.Event()).run()


class Lanes:
    """Those that are open, by whom they lead to."""

    def __init__(self, deliverer: Deliverer, group: asyncio.TaskGroup, stop: asyncio.Event) -> None:
        self._deliverer = deliverer
        self._group = group
        self._stop = stop
        self._open: dict[str, Lane] = {}

    def busy(self) -> Collection[str] | None:
        """Whose lane has no room; None when no further lane may be opened."""
        if len(self._open) >= LANES:
            return None
        return [subscriber_id for subscriber_id, lane in self._open.items() if not lane.has_room]

    def look(self, subscriber_ids: Collection[str]) -> None:
        """There is something to claim."""
        for subscriber_id in subscriber_ids:
            if lane := self._open.get(subscriber_id):
                lane.look_again()
            elif len(self._open) < LANES:
                self._begin(self._deliverer.lane(subscriber_id, self._stop))

    def take(self, handed: Sequence[Handed]) -> Sequence[Handed]:
        """These are claimed; returns those for which there is no lane."""
        untaken: list[Handed] = []
        for subscriber_id, group in groupby(handed, attrgetter("subscriber_id")):
            rows = list(group)
            lane = self._open.get(subscriber_id)
            if lane and lane.take(rows):
                continue
            if len(self._open) < LANES:
                self._begin(self._deliverer.lane(subscriber_id, self._stop, rows))
            else:
                untaken += rows
        return untaken

    def _begin(self, lane: Lane) -> None:
        self._open[lane.subscriber_id] = lane
        self._group.create_task(_run(lane, self._stop)).add_done_callback(partial(self._close, lane))

    def _close(self, lane: Lane, running: asyncio.Task[None]) -> None:
        """What was dealt out while a lane was ending must not wait for the next look."""
        if self._open.get(lane.subscriber_id) is lane:
            del self._open[lane.subscriber_id]
        ended = not running.cancelled() and running.exception() is None
        if ended and lane.has_more and not self._stop.is_set():
            self.look([lane.subscriber_id])


async def _run(lane: Lane, stop: asyncio.Event) -> None:
    """A lane that fails is opened again; the others never notice."""
    try:
        await lane.run()
    except Unavailable as error:
        log.warning("deliveries_postponed", subscriber_id=lane.subscriber_id, reason=type(error).__name__)
    except Exception as error:
        log.error("deliveries_failed", subscriber_id=lane.subscriber_id, error=type(error).__name__)
        await first_of(stop, seconds=_AFTER_FAILURE_SECONDS)
