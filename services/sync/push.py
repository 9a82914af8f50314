"""Bring a portal's orders to it: claim, send, note the answer. No transaction is open while the portal is asked.

A message only says that there is work: each claim takes the earliest legal deadlines of the whole backlog, as many as
the channel lets through, and what is sent is built from the state at send time. The claim moves `next_push_at` ahead:
a worker that dies is followed by another.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import structlog

from services.sync import channel, placements
from services.sync.answers import Answered, note_results
from services.sync.channel import ChannelHeld
from services.sync.domain.channel import QuietHours
from services.sync.domain.patience import LEASE
from services.sync.own_failures import ADAPTER_FAILED, UNREADABLE, given_up
from services.sync.portals.base import Outcome, PortalAdapter, PortalUnavailable, PushOrder, PushResult
from shared.clock import LEGAL_ZONE, Clock, stopwatch
from shared.contracts.records import Record
from shared.database.engine import Database
from shared.database.types import AnyRow
from shared.messaging.unit_of_work import unit_of_work
from shared.vocabulary import TakeDownReason

log = structlog.get_logger()

PATIENCE = timedelta(seconds=2)
"""A worker waits so long for its portal's budget; for longer the messages go back to their queue."""


@dataclass(frozen=True)
class _Turn:
    """What one claim gave: rows to send now, and how long to wait when the channel let fewer through than waited."""

    rows: Sequence[AnyRow]
    held_for: timedelta | None


@dataclass(frozen=True)
class _Heard:
    """What a request tells of the channel: None, or why nobody answered, and the pause that was asked for."""

    silence: str | None
    ask_later: timedelta


@dataclass(frozen=True)
class PushDesk:
    """What push workers of one portal need."""

    database: Database
    clock: Clock
    adapter: PortalAdapter
    quiet: QuietHours | None = None

    async def push(self, orders: int, *, take_downs_only: bool = False) -> None:
        """Send as many orders as the messages spoke of, take-downs first and then the earliest legal deadline.

        The lane of publications sends the take-downs that wait as well, beyond its count: they overtake inside the
        portal's budget too (guarantee G09). Raises `ChannelHeld` when the portal is to be left alone for a while.
        """
        self._respect_quiet_hours()
        left, idle = orders, 0
        while left > 0:
            turn = await self._take(left, take_downs_only=take_downs_only)
            if turn.rows:
                await self._send_all(turn.rows)
            elif turn.held_for is None:
                return
            idle = 0 if turn.rows else idle + 1
            left -= sum(take_downs_only or not row.take_down for row in turn.rows)
            if turn.held_for is not None and left > 0:
                if turn.held_for > PATIENCE or idle > 1:
                    raise ChannelHeld(f"{self.adapter.portal} takes no orders at present")
                await asyncio.sleep(turn.held_for.total_seconds())

    def _respect_quiet_hours(self) -> None:
        """A planned pause is no failure: nothing is tried, and no breaker opens."""
        left = self.quiet.left(self.clock.now().astimezone(LEGAL_ZONE)) if self.quiet else None
        if left:
            raise ChannelHeld(f"{self.adapter.portal} is closed for maintenance for another {left}")

    async def _take(self, orders: int, *, take_downs_only: bool) -> _Turn:
        limits, portal = self.adapter.limits, self.adapter.portal
        async with unit_of_work(self.database, self.clock) as work:
            free = await placements.free_for_push(work, portal, orders, take_downs_only=take_downs_only)
            if not free:
                return _Turn([], None)
            wanted = -(-len(free) // limits.orders_a_request)
            admission = await channel.enter(work, portal, limits.pace, wanted)
            taken = free[: admission.requests * limits.orders_a_request]
            await placements.take(work, portal, taken, until=work.now + LEASE)
            rows = await placements.with_content(work.connection, portal, taken)
        return _Turn(rows, None if len(taken) == len(free) else admission.wait)

    async def _send_all(self, claimed: Sequence[AnyRow]) -> None:
        attempts = {row.record_id: row.pushes for row in claimed}
        orders, unreadable = _orders(claimed)
        await self._note(Answered(unreadable, attempts, 0.0))
        size = self.adapter.limits.orders_a_request
        turns = asyncio.Semaphore(self.adapter.limits.requests_at_once)
        requests = [orders[at : at + size] for at in range(0, len(orders), size)]
        ends = await asyncio.gather(*(self._send(one, attempts, turns) for one in requests), return_exceptions=True)
        for end in ends:  # only after all of them have ended: none is left behind on its own
            if end is not None:
                raise end

    async def _send(self, orders: Sequence[PushOrder], attempts: Mapping[str, int], turns: asyncio.Semaphore) -> None:
        """A request that is refused as one, or on which the adapter itself fails, is halved until the order at fault
        stands alone. A failure of our own says nothing of the portal: the breaker does not hear of it."""
        ask_later = timedelta()
        silence: str | None = None
        started = stopwatch()
        try:
            async with turns:
                started = stopwatch()
                results = await self.adapter.push(orders)
        except PortalUnavailable as error:
            log.warning("portal_unavailable", portal=self.adapter.portal, orders=len(orders))
            ask_later, silence = timedelta(seconds=error.retry_after or 0.0), str(error)
            results = [_unanswered(order, Outcome.NOT_SENT, "unavailable", error) for order in orders]
        except Exception as error:
            if len(orders) > 1:
                middle = len(orders) // 2
                await self._send(orders[:middle], attempts, turns)
                await self._send(orders[middle:], attempts, turns)
                return
            log.error("adapter_failed", portal=self.adapter.portal, record_id=orders[0].record_id, error=_name(error))
            results = [_unanswered(orders[0], Outcome.UNCERTAIN, ADAPTER_FAILED, error)]
            await self._note(Answered(results, attempts, stopwatch() - started))
            return
        if silence is None and all(result.outcome is Outcome.UNCERTAIN for result in results):
            silence = results[0].message or "no usable answer"
        await self._note(Answered(results, attempts, stopwatch() - started, ask_later), _Heard(silence, ask_later))

    async def _note(self, answered: Answered, heard: _Heard | None = None) -> None:
        if not answered.results:
            return
        async with unit_of_work(self.database, self.clock) as work:
            results = await given_up(work, self.adapter.portal, answered.results)
            await note_results(work, self.adapter.portal, replace(answered, results=results))
            if heard is None:
                return
            if heard.silence is None:
                await channel.answered(work, self.adapter.portal)
            else:
                await channel.failed(work, self.adapter.portal, heard.silence, heard.ask_later)


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
