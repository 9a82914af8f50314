"""Bring a portal's orders to it: claim, send, note the answer. No transaction is open while the portal is asked.

A message only says that there is work: each claim takes the earliest legal deadlines of the whole backlog, as many as
the channel lets through, and what is sent is built from the state at send time. The claim moves `next_push_at` ahead,
and on while the portal is asked: a worker that dies is soon followed by another.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from services.sync import channel, placements
from services.sync.answers import Answered, note_results
from services.sync.channel import ChannelHeld
from services.sync.domain.channel import FAILURES_BEFORE_OPEN, QuietHours
from services.sync.domain.patience import LEASE, ORDERS_KEPT
from services.sync.own_failures import ADAPTER_FAILED, UNREADABLE, given_up
from services.sync.portals.base import GroupsOrders, Outcome, PortalAdapter, PortalUnavailable, PushOrder, PushResult
from shared.clock import LEGAL_ZONE, Clock, stopwatch
from shared.contracts.records import Record
from shared.database.engine import Database
from shared.database.types import AnyRow
from shared.leases import BEATS_A_LEASE, renewed
from shared.messaging.unit_of_work import unit_of_work
from shared.vocabulary import TakeDownReason

log = structlog.get_logger()

PATIENCE = timedelta(seconds=2)
"""A worker waits so long in vain, for its portal's budget or for who writes beside it; after that the messages go back
to their queue."""

_SOON = timedelta(seconds=0.05)
"""After that time a worker looks again whether who held an order, to write beside it, has let go."""

TURNS_A_CLAIM = 2
"""A claim holds so many requests for each that the portal takes at once: the others are left to who works beside it."""


@dataclass(frozen=True)
class _Turn:
    """What one claim gave: requests to send now, orders that cannot be read, and how long to wait when the channel let
    fewer through than waited or another writer held some. `attempts` counts how often each record's order was taken
    up; they are this worker's until `until`."""

    requests: Sequence[Sequence[PushOrder]]
    unreadable: Sequence[PushResult]
    attempts: Mapping[str, int]
    publications: int
    held_for: timedelta | None
    until: datetime


@dataclass(frozen=True)
class _Said:
    """What became of one request. `silence` is why nobody answered, None when somebody did or we failed ourselves;
    `ask_later` the pause that was asked for; `sent` how many requests it took."""

    results: Sequence[PushResult]
    seconds: float = 0.0
    silence: str | None = None
    ask_later: timedelta = timedelta()
    answered: bool = False
    sent: int = 1


@dataclass
class _Patience:
    """What the requests of one claim learn from each other: those that are not on their way yet spare a portal that
    named a time, or that does not answer."""

    silences: int = 0
    last: PortalUnavailable | None = None

    def hear(self, error: PortalUnavailable) -> None:
        self.silences += 1
        if error.retry_after or self.silences >= FAILURES_BEFORE_OPEN:
            self.last = error


@dataclass(frozen=True)
class PushDesk:
    """What push workers of one portal need. `sleep` is for a house whose clock stands still."""

    database: Database
    clock: Clock
    adapter: PortalAdapter
    quiet: QuietHours | None = None
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    renew_every: timedelta = LEASE / BEATS_A_LEASE

    async def push(self, orders: int, *, take_downs_only: bool = False) -> None:
        """Send as many orders as the messages spoke of, take-downs first and then the earliest legal deadline.

        The lane of publications sends the take-downs that wait as well, beyond its count: they overtake inside the
        portal's budget too (guarantee G09). Raises `ChannelHeld` when the portal is to be left alone for a while.
        """
        self._respect_quiet_hours()
        left, waited = orders, timedelta()
        while left > 0:
            turn = await self._take(left, take_downs_only=take_downs_only)
            if turn.attempts:
                await self._send_kept(turn)
            elif turn.held_for is None:
                return
            left -= len(turn.attempts) if take_downs_only else turn.publications
            if turn.held_for is not None and left > 0:
                waited = turn.held_for if turn.attempts else waited + turn.held_for
                if waited > PATIENCE:
                    raise ChannelHeld(f"{self.adapter.portal} takes no orders at present")
                await self.sleep(turn.held_for.total_seconds())

    def _respect_quiet_hours(self) -> None:
        """A planned pause is no failure: nothing is tried, and no breaker opens."""
        left = self.quiet.left(self.clock.now().astimezone(LEGAL_ZONE)) if self.quiet else None
        if left:
            raise ChannelHeld(f"{self.adapter.portal} is closed for maintenance for another {left}")

    async def _take(self, orders: int, *, take_downs_only: bool) -> _Turn:
        limits, portal = self.adapter.limits, self.adapter.portal
        async with unit_of_work(self.database, self.clock) as work:
            free = await placements.free_for_push(work, portal, orders, take_downs_only=take_downs_only)
            passed = await placements.passed_over(work, portal, free, orders, take_downs_only=take_downs_only)
            rows = await placements.with_content(work.connection, portal, free)
            readable, unreadable = _orders(rows)
            requests = self._requests(readable)
            wanted = min(len(requests), limits.requests_at_once * TURNS_A_CLAIM)
            admission = await channel.enter(work, portal, limits.pace, wanted) if wanted else None
            taken = requests[: admission.requests] if admission else []
            record_ids = {order.record_id for request in taken for order in request}
            record_ids |= {result.record_id for result in unreadable}
            until = work.now + LEASE
            await placements.take(work, portal, record_ids, until=until)
        held = admission.wait if admission and admission.requests < wanted else _SOON if passed else None
        claimed = [row for row in rows if row.record_id in record_ids]
        attempts = {row.record_id: row.pushes + 1 for row in claimed}
        return _Turn(taken, unreadable, attempts, sum(not row.take_down for row in claimed), held, until)

    def _requests(self, orders: Sequence[PushOrder]) -> list[Sequence[PushOrder]]:
        """As the portal takes them, those with the most urgent order first."""
        groups: dict[str, list[PushOrder]] = defaultdict(list)
        for order in orders:
            groups[self.adapter.request_of(order.record) if isinstance(self.adapter, GroupsOrders) else ""].append(
                order
            )
        size = self.adapter.limits.orders_a_request
        return [group[at : at + size] for group in groups.values() for at in range(0, len(group), size)]

    async def _send_kept(self, turn: _Turn) -> None:
        """Send, and keep the orders from other workers for as long as the portal takes."""
        held_until = turn.until

        async def renew() -> bool:
            nonlocal held_until
            async with unit_of_work(self.database, self.clock) as work:
                names, until = turn.attempts.keys(), work.now + LEASE
                kept = await placements.keep(work, self.adapter.portal, names, held_until=held_until, until=until)
            held_until = until
            return kept

        await renewed(self._send_all(turn), renew, every=self.renew_every, longest=ORDERS_KEPT)

    async def _send_all(self, turn: _Turn) -> None:
        """Side by side; what came back meanwhile is noted together."""
        if turn.unreadable:
            await self._note([[_Said(turn.unreadable, sent=0)]], turn.attempts, admitted=0)
        slots, patience = asyncio.Semaphore(self.adapter.limits.requests_at_once), _Patience()
        waiting = [asyncio.create_task(self._send(orders, slots, patience)) for orders in turn.requests]
        try:
            while waiting:
                done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                ended = [task for task in waiting if task in done]
                waiting = [task for task in waiting if task not in done]
                await self._note([task.result() for task in ended], turn.attempts, admitted=len(ended))
        finally:  # none is left behind on its own
            await asyncio.gather(*waiting, return_exceptions=True)

    async def _send(self, orders: Sequence[PushOrder], slots: asyncio.Semaphore, patience: _Patience) -> list[_Said]:
        """A request that is refused as one, or on which the adapter itself fails, is halved until the order at fault
        stands alone. A failure of our own says nothing of the portal: the breaker does not hear of it."""
        async with slots:
            if patience.last:
                return [_spared(orders, patience.last)]
            started = stopwatch()
            try:
                results = await self.adapter.push(orders)
            except PortalUnavailable as error:
                log.warning("portal_unavailable", portal=self.adapter.portal, orders=len(orders))
                patience.hear(error)
                return [replace(_spared(orders, error), seconds=stopwatch() - started, silence=str(error), sent=1)]
            except Exception as error:
                seconds = stopwatch() - started
                if len(orders) == 1:
                    name = orders[0].record_id
                    log.error("adapter_failed", portal=self.adapter.portal, record_id=name, error=_name(error))
                    return [_Said([_unanswered(orders[0], Outcome.UNCERTAIN, ADAPTER_FAILED, error)], seconds)]
            else:
                unheard = all(result.outcome is Outcome.UNCERTAIN for result in results)
                silence = (results[0].message or "no usable answer") if unheard else None
                return [_Said(results, stopwatch() - started, silence, answered=not unheard)]
        middle = len(orders) // 2
        halves = [await self._send(half, slots, patience) for half in (orders[:middle], orders[middle:])]
        return [_Said([], sent=1), *halves[0], *halves[1]]

    async def _note(self, ended: Sequence[Sequence[_Said]], attempts: Mapping[str, int], *, admitted: int) -> None:
        """Write the answers, then what they tell of the channel: an answer first, so that a silence after it counts.

        Leave was taken for `admitted` requests: halves cost more, and what was spared is given back.
        """
        portal, said = self.adapter.portal, [one for request in ended for one in request]
        async with unit_of_work(self.database, self.clock) as work:
            for answered in _together(said, attempts):
                results = await given_up(work, portal, answered.results)
                await note_results(work, portal, replace(answered, results=results))
            await channel.charge(work, portal, sum(one.sent for one in said) - admitted)
            if any(one.answered for one in said):
                await channel.answered(work, portal)
            silent = [one for one in said if one.silence is not None]
            if silent:
                ask_later = max(one.ask_later for one in silent)
                await channel.failed(work, portal, silent[-1].silence or "", ask_later, len(silent))


def _together(said: Sequence[_Said], attempts: Mapping[str, int]) -> list[Answered]:
    """One for each pause that was asked for, mostly one: written with the same few statements however many requests."""
    groups: dict[timedelta, list[_Said]] = defaultdict(list)
    for one in said:
        groups[one.ask_later].append(one)
    return [
        Answered(
            [result for one in group for result in one.results], attempts, max(one.seconds for one in group), pause
        )
        for pause, group in groups.items()
    ]


def _spared(orders: Sequence[PushOrder], error: PortalUnavailable) -> _Said:
    """What was not sent to a portal that turned us away."""
    results = [_unanswered(order, Outcome.NOT_SENT, "unavailable", error) for order in orders]
    return _Said(results, ask_later=timedelta(seconds=error.retry_after or 0.0), sent=0)


def _orders(rows: Sequence[AnyRow]) -> tuple[list[PushOrder], list[PushResult]]:
    """What can be sent, take-downs first; a content that cannot be read must not hold up the others."""
    orders: list[PushOrder] = []
    unreadable: list[PushResult] = []
    for row in rows:
        try:
            orders.append(_order(row))
        except ValueError as error:
            log.error("content_unreadable", record_id=row.record_id, error=_name(error))
            named = (row.record_id, row.generation)
            unreadable.append(PushResult(*named, Outcome.NOT_SENT, code=UNREADABLE, message=_name(error)))
    return orders, unreadable


def _order(row: AnyRow) -> PushOrder:
    return PushOrder(
        record_id=row.record_id,
        generation=row.generation,
        take_down=row.take_down,
        record=Record.model_validate_json(row.body),
        closes_on=row.closes_on,
        reason=TakeDownReason(row.reason) if row.reason else None,
    )


def _unanswered(order: PushOrder, outcome: Outcome, code: str, error: Exception) -> PushResult:
    message = str(error) if isinstance(error, PortalUnavailable) else _name(error)
    return PushResult(order.record_id, order.generation, outcome, code=code, message=message)


def _name(error: Exception) -> str:
    """Its kind only: the text of an unexpected error may quote a record."""
    return type(error).__name__
