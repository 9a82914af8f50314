"""One run of one endpoint's lane: claim, send and note at the same time, so that no request waits for the database.

At most `AT_ONCE` requests are under way, and what waits beside them is so little that its lease lasts. The run ends
when nothing is due, when the endpoint fails, asks for a pause or is no longer to be told there, and when the process
stops; what was not sent is given back.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

import structlog

from services.sync.webhooks import claiming, endpoints, health, noting
from services.sync.webhooks.claiming import CLAIM
from services.sync.webhooks.domain.patience import IN_A_ROW
from services.sync.webhooks.endpoints import Endpoint
from services.sync.webhooks.handed import Handed
from services.sync.webhooks.keys import KeyRing
from services.sync.webhooks.sending import Answer, Parcel, unforeseen
from shared.clock import Clock, stopwatch
from shared.database.engine import Database
from shared.database.types import AnyRow
from shared.messaging.unit_of_work import unit_of_work

log = structlog.get_logger()

AT_ONCE = 16
"""Two claims of 80 wait at most: with every request at its time limit the last of them ends after eleven rounds of 15
seconds, before its lease does."""
_NOTE_SECONDS = 0.1
"""While requests go on, it is asked this often whether somebody waits for a note of what came of them."""
UNAWAITED_SECONDS = 0.5
"""What nobody waits for is noted this often, or as soon as it is a claim's worth: noted ten times a second, a hundred
lanes made a transaction for every three deliveries, and brought a tenth less."""
_LOOK_SECONDS = 1.0
"""What waits here was claimed for one address and its keys: so often it is asked whether it may still go there."""

Send = Callable[[Parcel], Awaitable[Answer]]


@dataclass(frozen=True)
class Ground:
    """What every lane stands on."""

    database: Database
    clock: Clock
    keys: KeyRing
    pause_after: timedelta


class Lane:
    """Senders take from what waits and leave answers; `run` alone claims and notes."""

    def __init__(
        self, ground: Ground, subscriber_id: str, send: Send, stop: asyncio.Event, handed: Sequence[Handed] = ()
    ) -> None:
        """With something that is claimed already (`numbering_at_once.py`) it claims more only when it is told so."""
        self._ground = ground
        self.subscriber_id = subscriber_id
        self._send = send
        self._stop = stop
        self._handed = handed
        self._waiting: deque[Parcel] = deque()
        self._answers: list[Answer] = []
        self._last: deque[bool] = deque(maxlen=IN_A_ROW)
        self._senders: set[asyncio.Task[None]] = set()
        self._ring = asyncio.Event()
        self._looked_at = self._noted_at = stopwatch()
        self._is_dry = bool(handed)
        self._was_in_vain = False
        self._is_over = False
        self._is_done = False
        self.has_more = False
        self._failure: BaseException | None = None

    async def run(self) -> int:
        """Returns how many were sent."""
        sent = 0
        try:
            self._put(self._handed)
            await self._claim()
            while self._senders or self._answers or self._waiting or (self.has_more and not self._is_over):
                await self._attention()
                sent += await self._note()
                await self._look()
                await self._claim()
        finally:
            self._is_done = True
            for sender in self._senders:
                sender.cancel()
            await asyncio.gather(*self._senders, return_exceptions=True)
        return sent

    def look_again(self) -> None:
        """More was dealt out."""
        self.has_more = True
        self._ring.set()

    @property
    def has_room(self) -> bool:
        """What it takes now leaves at once."""
        is_full = bool(self._waiting) or len(self._senders) >= AT_ONCE
        return not (is_full or self._is_over or self._is_done or self._stop.is_set())

    def take(self, handed: Sequence[Handed]) -> bool:
        """These are sent too, or given back; False when the run has ended. What fails is the lane, not its caller."""
        if self._is_done:
            return False
        try:
            self._put(handed)
            self._start_senders()
        except Exception as error:
            self._failure = error
            self._ring.set()
        return True

    def _put(self, handed: Sequence[Handed]) -> None:
        if handed:
            endpoint = endpoints.of_handed(self._ground.keys, handed[0])
            self._waiting.extend(Parcel(endpoint, row) for row in handed)

    async def _look(self) -> None:
        """A pause, a removal, another address, the end of a key and what another worker heard reach what waits here."""
        if self._waiting and stopwatch() - self._looked_at >= _LOOK_SECONDS:
            ground = self._ground
            self._judge(await endpoints.find(ground.database, ground.keys, self.subscriber_id, ground.clock.now()))

    def _judge(self, endpoint: Endpoint | None) -> None:
        self._looked_at = stopwatch()
        self._is_over |= endpoint is None or any(one.endpoint != endpoint for one in self._waiting)

    async def _claim(self) -> None:
        """When all that was due is claimed, more is due only once it is dealt out or what it waits for has arrived."""
        if self._stop.is_set() or self._is_over:
            await self._end()
        elif (self.has_more or not self._is_dry) and len(self._waiting) <= CLAIM:
            self.has_more = False
            await self._take(*await self._claimed())
        self._start_senders()

    async def _claimed(self) -> tuple[Endpoint | None, Sequence[AnyRow]]:
        """Both at once, since nearly every endpoint is well. Of one that fails nothing is claimed by the first."""
        database, clock = self._ground.database, self._ground.clock
        endpoint, rows = await asyncio.gather(
            endpoints.find(database, self._ground.keys, self.subscriber_id, clock.now()),
            claiming.claim(database, clock, self.subscriber_id),
        )
        if endpoint and endpoint.failures and not rows:
            rows = await claiming.claim(database, clock, self.subscriber_id, of_failing=True)
        return endpoint, rows

    async def _take(self, endpoint: Endpoint | None, rows: Sequence[AnyRow]) -> None:
        """Behind the one that an endpoint which fails is tried with, there is more when that has arrived."""
        self._judge(endpoint)
        if endpoint is None or self._is_over:
            await self._end(rows)
        else:
            self._is_dry = len(rows) < CLAIM
            self._was_in_vain |= not rows
            self._waiting.extend(Parcel(endpoint, row) for row in rows)

    async def _end(self, claimed: Sequence[AnyRow] = ()) -> None:
        self._is_over = True
        unsent = [row.sequence for row in [*(one.row for one in self._waiting), *claimed]]
        self._waiting.clear()
        if unsent:
            async with unit_of_work(self._ground.database, self._ground.clock) as work:
                await noting.give_back(work, self.subscriber_id, unsent)

    def _start_senders(self) -> None:
        for _ in range(min(AT_ONCE - len(self._senders), len(self._waiting))):
            sender = asyncio.create_task(self._one_after_the_other())
            self._senders.add(sender)
            sender.add_done_callback(self._ended)

    async def _one_after_the_other(self) -> None:
        while self._waiting and not self._is_over:
            answer = await self._answer(self._waiting.popleft())
            self._answers.append(answer)
            self._last.append(answer.attempt.ok)
            # An endpoint that fails several times in a row, or asks for a pause, is spared the rest.
            self._is_over |= answer.ends or (len(self._last) == IN_A_ROW and not any(self._last))
            if len(self._answers) >= CLAIM or len(self._waiting) == CLAIM:
                self._ring.set()

    async def _answer(self, parcel: Parcel) -> Answer:
        """What nobody foresaw is an attempt like any other: unnoted, the same delivery would fail for ever and take its
        neighbours with it."""
        started = stopwatch()
        try:
            return await self._send(parcel)
        except Exception as error:
            log.exception("delivery_failed", subscriber_id=self.subscriber_id, sequence=parcel.row.sequence)
            return unforeseen(parcel, error, stopwatch() - started)

    def _ended(self, sender: asyncio.Task[None]) -> None:
        self._senders.discard(sender)
        if not sender.cancelled():
            self._failure = self._failure or sender.exception()
        if self._failure or not self._senders:
            self._ring.set()

    async def _attention(self) -> None:
        """Until there is something to claim or to note, and not for long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_NOTE_SECONDS):
                await self._ring.wait()
        self._ring.clear()
        if self._failure:
            raise self._failure

    @property
    def _is_note_due(self) -> bool:
        awaited = self._was_in_vain or any(one.is_awaited for one in self._answers)
        enough = len(self._answers) >= CLAIM or stopwatch() - self._noted_at >= UNAWAITED_SECONDS
        return awaited or enough or not self._senders

    async def _note(self) -> int:
        if not self._is_note_due:
            return 0
        answers, self._answers, self._noted_at = self._answers, [], stopwatch()
        if answers:
            await health.note(self._ground.database, self._ground.clock, answers, self._ground.pause_after)
            # What was told of and not found may be the next of a record of which something was under way.
            self._is_dry &= not (self._was_in_vain or any(one.leads_on for one in answers))
            self._was_in_vain = False
        return len(answers)
