"""Bring deliveries to their endpoints: claim, send, note. No transaction is open while an endpoint is asked.

Each endpoint has a lane of its own with a few requests at once, so that one that never answers delays nobody else
(guarantee G13). A deliverer that is killed between sending and noting is followed by another: the same id again.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Protocol

import structlog

from services.sync.webhooks import deliveries, health
from services.sync.webhooks.deliveries import Attempt, webhook_id
from services.sync.webhooks.domain.changes import Change, told, told_as_test
from services.sync.webhooks.domain.signing import SigningKey, headers
from services.sync.webhooks.health import Endpoint
from services.sync.webhooks.keys import KeyRing
from shared.clock import Clock, stopwatch, wall_time
from shared.database.engine import Database
from shared.database.types import AnyRow
from shared.errors import Unavailable
from shared.messaging.unit_of_work import unit_of_work
from shared.outbound.client import NotSent
from shared.outbound.egress import AddressRefused, Posted

log = structlog.get_logger()

AT_ONCE = 16
CLAIM = 10 * AT_ONCE
"""A claim is sent in at most ten rounds: with every request at its time limit it ends before its lease does."""
LANES = 100
EVERY_SECONDS = 1.0
"""Whoever deals out deliveries rings. This is for what is tried again, and for what other processes dealt out."""
_GIVE_UP_AFTER = 3
_HEADERS = {"content-type": "application/json", "user-agent": "creditsync-webhooks"}


class Sender(Protocol):
    """What brings a body to an address: `shared.outbound.egress.Egress`."""

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Posted: ...

    async def close(self) -> None: ...


@dataclass(frozen=True)
class _Answer:
    """An attempt, and what the endpoint asked for beside it."""

    attempt: Attempt
    asked: timedelta | None = None


@dataclass(frozen=True)
class Deliverer:
    """What the lanes need. `dealt` is set by whoever deals out deliveries in this process: they leave at once then."""

    database: Database
    clock: Clock
    keys: KeyRing
    egress: Sender
    pause_after: timedelta
    dealt: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self, stop: asyncio.Event) -> None:
        """Keep a lane open for every endpoint with work, until `stop` is set."""
        lanes: dict[str, asyncio.Task[None]] = {}
        busy: set[str] = set()
        try:
            while not stop.is_set():
                self.dealt.clear()
                await self._open_lanes(lanes, busy, stop)
                with suppress(TimeoutError):
                    await asyncio.wait_for(self.dealt.wait(), EVERY_SECONDS)
        except BaseException:
            for lane in lanes.values():
                lane.cancel()
            raise
        finally:
            await asyncio.gather(*lanes.values(), return_exceptions=True)
            await self.egress.close()

    async def _open_lanes(self, lanes: dict[str, asyncio.Task[None]], busy: set[str], stop: asyncio.Event) -> None:
        for name in [name for name, lane in lanes.items() if lane.done()]:
            lanes.pop(name)
        try:
            async with self.database.reading() as connection:
                waiting = await deliveries.endpoints_with_work(connection, self.clock.now(), 2 * LANES)
        except Unavailable:
            return
        for subscriber_id in waiting:
            if subscriber_id in lanes:
                busy.add(subscriber_id)
            elif len(lanes) < LANES:
                lanes[subscriber_id] = lane = asyncio.create_task(self._lane(subscriber_id, stop))
                lane.add_done_callback(partial(self._look_again, subscriber_id, busy))

    def _look_again(self, subscriber_id: str, busy: set[str], _lane: asyncio.Task[None]) -> None:
        """What was dealt out while a lane was ending must not wait for the next bell."""
        if subscriber_id in busy:
            busy.discard(subscriber_id)
            self.dealt.set()

    async def _lane(self, subscriber_id: str, stop: asyncio.Event) -> None:
        """A lane that fails is opened again; the others never notice."""
        try:
            while not stop.is_set() and await self.deliver(subscriber_id):
                pass
        except Unavailable as error:
            log.warning("deliveries_postponed", subscriber_id=subscriber_id, reason=type(error).__name__)
        except Exception as error:
            log.error("deliveries_failed", subscriber_id=subscriber_id, error=type(error).__name__)
            await _rest(stop, 5.0)

    async def deliver(self, subscriber_id: str) -> int:
        """Send one claim to one endpoint; returns how many were sent."""
        async with unit_of_work(self.database, self.clock) as work:
            endpoint = await health.endpoint(work.connection, subscriber_id, work.now)
            if endpoint is None:
                return 0
            rows = await deliveries.claim(work, subscriber_id, 1 if endpoint.failures else CLAIM)
            if not rows:
                return 0
            signing = (await self.keys.signing(work.connection, [subscriber_id], work.now))[subscriber_id]
        answers = await self._send_all(endpoint, rows, signing)
        sent = [answer.attempt for answer in answers]
        async with unit_of_work(self.database, self.clock) as work:
            await deliveries.note(work, subscriber_id, sent)
            unsent = {row.sequence for row in rows} - {one.sequence for one in sent}
            await deliveries.give_back(work, subscriber_id, unsent)
            asked = max((answer.asked for answer in answers if answer.asked), default=None)
            await health.note(work, endpoint, sent, asked, self.pause_after)
        return len(sent)

    async def _send_all(
        self, endpoint: Endpoint, rows: Sequence[AnyRow], signing: Sequence[SigningKey]
    ) -> Sequence[_Answer]:
        """An endpoint that fails several times in a row is spared the rest of the claim."""
        waiting = list(reversed(rows))
        answers: list[_Answer] = []

        def is_worth_it() -> bool:
            last = answers[-_GIVE_UP_AFTER:]
            return len(last) < _GIVE_UP_AFTER or any(answer.attempt.ok for answer in last)

        async def one_after_the_other() -> None:
            while waiting and is_worth_it():
                answers.append(await self._send(endpoint, waiting.pop(), signing))

        async with asyncio.TaskGroup() as group:
            for _ in range(min(AT_ONCE, len(rows))):
                group.create_task(one_after_the_other())
        return answers

    async def _send(self, endpoint: Endpoint, row: AnyRow, signing: Sequence[SigningKey]) -> _Answer:
        """The time in the signature is the real one, whatever clock the house lives by: a receiver compares it."""
        body = _body(row)
        signed = headers(signing, webhook_id(endpoint.subscriber_id, row.sequence), int(wall_time().timestamp()), body)
        started = stopwatch()
        outcome, status, message, asked = "refused", None, None, None
        try:
            posted = await self.egress.post(endpoint.url, body, _HEADERS | signed)
            outcome = "delivered" if posted.ok else "refused"
            status, asked = posted.status, health.asked_pause(posted, wall_time())
        except AddressRefused as error:
            outcome, message = "forbidden", str(error)
        except NotSent as error:
            outcome, message = "unreachable", str(error)
        except Unavailable as error:
            outcome, message = "uncertain", str(error)
        return _Answer(Attempt(row.sequence, row.attempts, outcome, status, message, stopwatch() - started), asked)


def _body(row: AnyRow) -> bytes:
    if row.told is None:
        return told_as_test(row.sequence, row.stored_at)
    return told(change_of(row), row.sequence)


def change_of(row: AnyRow) -> Change:
    """A row of `change` as a value."""
    return Change(
        position=row.position,
        type=row.type,
        at=row.at,
        record_id=row.record_id,
        portal=row.portal,
        generation=row.generation,
        kind=row.kind,
        region=row.region,
        detail=row.detail,
    )


async def _rest(stop: asyncio.Event, seconds: float = EVERY_SECONDS) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return
