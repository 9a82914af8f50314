"""One consumer of the embedded bus: leases messages ahead, hands them over, forgets them when they are answered.

A single background task does everything that writes regularly (claim, acknowledge, renew), each turn in one
transaction; it is told to stop and never cancelled in the middle of a statement. Serves guarantee G01: what is not
acknowledged comes again.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from datetime import timedelta

import structlog

from shared.clock import stopwatch, wall_time
from shared.database.connection import AsyncConnection
from shared.errors import Unavailable
from shared.ids import new_id
from shared.messaging import embedded_store as rows
from shared.messaging.bus import Delivery
from shared.messaging.doorbell import Bell, Doorbell
from shared.messaging.embedded_store import Claimed
from shared.messaging.topology import DELIVERY_LIMIT, back_off, retry_step

# Acknowledgements of so short a moment share one statement.
_COALESCE_SECONDS = 0.005

Writing = Callable[[str], AbstractAsyncContextManager[AsyncConnection]]
"""Open a transaction for the action named; bounded in time."""

log = structlog.get_logger()


class EmbeddedConsumer:
    """The leases of one consumer on one queue."""

    def __init__(self, writing: Writing, bell: Bell, wake: asyncio.Event, prefetch: int, lease: timedelta) -> None:
        self._writing = writing
        self._bell = bell
        self._wake = wake
        self._prefetch = prefetch
        self._lease = lease
        self._owner = new_id()
        self._ready: asyncio.Queue[Claimed] = asyncio.Queue()
        self._held: set[int] = set()
        self._done: list[int] = []
        self._closing = False
        self._renew_at = stopwatch()

    def __aiter__(self) -> AsyncIterator[Delivery]:
        return self

    async def __anext__(self) -> Delivery:
        return EmbeddedDelivery(self, await self._ready.get())

    async def feed(self) -> None:
        """Until `stop`: claim, acknowledge, renew, rest."""
        failures = 0
        while not self._closing:
            try:
                await self._turn()
                failures = 0
                await self._rest()
            except Exception as error:  # whatever it is, a consumer that stops feeding would wait for ever
                failures += 1
                log.warning("embedded_bus_failed", queue=self._bell.queue, error=type(error).__name__)
                await self._wait(back_off(failures))

    async def stop(self, feeding: asyncio.Task[None]) -> None:
        """Let the last turn end and give back what was not answered."""
        self._closing = True
        self._wake.set()
        await feeding
        unseen = [self._ready.get_nowait().delivery_id for _ in range(self._ready.qsize())]
        self._held.clear()
        with suppress(Unavailable):  # then the lease runs out by itself
            async with self._writing("give back") as connection:
                await rows.acknowledge(connection, self._owner, self._done)
                await rows.give_back(connection, self._owner, unseen)

    def acknowledge(self, claimed: Claimed) -> None:
        self._answer(claimed)
        self._done.append(claimed.delivery_id)

    async def delay(self, claimed: Claimed, seconds: float, *, counted: bool) -> None:
        self._answer(claimed)
        until = wall_time() + timedelta(seconds=retry_step(seconds))
        async with self._writing("retry") as connection:
            await rows.delay(connection, self._owner, claimed.delivery_id, until, counted=counted)

    async def bury(self, claimed: Claimed, reason: str) -> None:
        self._answer(claimed)
        async with self._writing("dead letter") as connection:
            await rows.bury(connection, self._owner, [claimed.delivery_id], reason, wall_time())

    def _answer(self, claimed: Claimed) -> None:
        """Each delivery has one answer, and only while its consumer lives."""
        if claimed.delivery_id not in self._held:
            raise Unavailable(f"message {claimed.message.message_id} is not this consumer's any more")
        self._held.discard(claimed.delivery_id)
        self._wake.set()

    async def _turn(self) -> None:
        wanted, renewing = self._wanted(), stopwatch() >= self._renew_at
        if not (self._done or wanted or renewing):
            return
        done, self._done = self._done, []
        self._bell.rung = self._bell.rung and not wanted  # who rings from now on is heard after the claim
        try:
            async with self._writing("take messages") as connection:
                if done:
                    await rows.acknowledge(connection, self._owner, done)
                claimed = await self._renew_and_claim(connection, wanted, renewing=renewing)
        except BaseException:
            self._done += done
            self._bell.rung = True
            raise
        if wanted and len(claimed) == wanted:
            self._bell.rung = True
        for row in claimed:
            if row.attempts <= DELIVERY_LIMIT:
                self._held.add(row.delivery_id)
                self._ready.put_nowait(row)

    async def _renew_and_claim(self, connection: AsyncConnection, wanted: int, *, renewing: bool) -> list[Claimed]:
        if renewing:
            self._renew_at = stopwatch() + self._lease.total_seconds() / 3
            await rows.renew(connection, self._owner, self._held, wall_time() + self._lease)
        if not wanted:
            return []
        claimed = await rows.claim(connection, self._bell.queue, self._owner, wanted, wall_time(), self._lease)
        if over := [row.delivery_id for row in claimed if row.attempts > DELIVERY_LIMIT]:
            await rows.bury(connection, self._owner, over, "delivery limit", wall_time())
        return claimed

    def _wanted(self) -> int:
        """How many to claim now: none before half of the prefetch is answered, so that claims stay large."""
        room = self._prefetch - len(self._held)
        return room if self._bell.rung and room * 2 >= self._prefetch else 0

    async def _rest(self) -> None:
        if self._wanted():
            return
        await self._wait(self._renew_at - stopwatch())
        if self._done and not self._wanted() and not self._closing:
            await asyncio.sleep(_COALESCE_SECONDS)

    async def _wait(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        self._wake.clear()


class EmbeddedDelivery:
    """`Delivery` of the embedded bus."""

    def __init__(self, consumer: EmbeddedConsumer, claimed: Claimed) -> None:
        self._consumer = consumer
        self._claimed = claimed
        self.message = claimed.message
        self.attempt = claimed.attempts

    async def ack(self) -> None:
        self._consumer.acknowledge(self._claimed)

    async def retry(self, seconds: float) -> None:
        if self.attempt >= DELIVERY_LIMIT:
            await self.dead_letter("delivery limit")
        else:
            await self._consumer.delay(self._claimed, seconds, counted=True)

    async def postpone(self, seconds: float) -> None:
        await self._consumer.delay(self._claimed, seconds, counted=False)

    async def dead_letter(self, reason: str) -> None:
        await self._consumer.bury(self._claimed, reason)


@asynccontextmanager
async def consuming(
    doorbell: Doorbell, writing: Writing, queue: str, prefetch: int, lease: timedelta
) -> AsyncIterator[EmbeddedConsumer]:
    """A consumer with its feeding task."""
    wake = asyncio.Event()
    with doorbell.bell(queue, wake) as bell:
        consumer = EmbeddedConsumer(writing, bell, wake, prefetch, lease)
        feeding = asyncio.create_task(consumer.feed())
        try:
            yield consumer
        finally:
            await consumer.stop(feeding)
