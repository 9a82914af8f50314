"""Bring a portal's orders to it: claim, send, note the answer. No transaction is open while the portal is asked.

The message names records only; what is sent is built from the state at send time, so a stale message sends the newest
order or nothing. The claim moves `next_push_at` ahead: a worker that dies is followed by another.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import Select, or_, select, update

from services.sync import placements
from services.sync.answers import Answered, note_results
from services.sync.domain.patience import LEASE
from services.sync.portals.base import (
    Outcome,
    PendingReceipt,
    PortalAdapter,
    PortalUnavailable,
    PushOrder,
    PushResult,
)
from services.sync.tables import placement
from shared.clock import Clock, stopwatch
from shared.contracts.records import Record
from shared.database.engine import Database
from shared.database.types import AnyRow
from shared.messaging.unit_of_work import UnitOfWork, unit_of_work
from shared.vocabulary import TakeDownReason

log = structlog.get_logger()

RECEIPTS_AT_ONCE = 2_000


@dataclass(frozen=True)
class PushDesk:
    """What push workers of one portal need."""

    database: Database
    clock: Clock
    adapter: PortalAdapter

    async def push(self, record_ids: Collection[str]) -> None:
        """Send the present orders of these records, as far as nobody else has them."""
        async with unit_of_work(self.database, self.clock) as work:
            claimed = await _claim(work, self.adapter.portal, record_ids)
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
        """A request on which the adapter itself fails is halved until the order at fault stands alone."""
        ask_later = 0.0
        started = stopwatch()
        try:
            async with turns:
                started = stopwatch()
                results = await self.adapter.push(orders)
        except PortalUnavailable as error:
            log.warning("portal_unavailable", portal=self.adapter.portal, orders=len(orders))
            ask_later = error.retry_after or 0.0
            results = [_unanswered(order, Outcome.NOT_SENT, "unavailable", error) for order in orders]
        except Exception as error:
            if len(orders) > 1:
                middle = len(orders) // 2
                await self._send(orders[:middle], attempts, turns)
                await self._send(orders[middle:], attempts, turns)
                return
            log.error("adapter_failed", portal=self.adapter.portal, record_id=orders[0].record_id, error=_name(error))
            results = [_unanswered(orders[0], Outcome.UNCERTAIN, "adapter_failed", error)]
        await self._note(Answered(results, attempts, stopwatch() - started, timedelta(seconds=ask_later)))

    async def collect_receipts(self) -> int:
        """Ask for the answers that were still to come; returns how many arrived."""
        async with self.database.reading() as connection:
            rows = (await connection.execute(_pending(self.adapter.portal))).all()
        if not rows:
            return 0
        started = stopwatch()
        try:
            results = await self.adapter.collect_receipts(
                [PendingReceipt(row.record_id, row.generation, row.receipt) for row in rows]
            )
        except PortalUnavailable:
            return 0
        await self._note(Answered(results, {row.record_id: row.pushes for row in rows}, stopwatch() - started))
        return len(results)

    async def _note(self, answered: Answered) -> None:
        if answered.results:
            async with unit_of_work(self.database, self.clock) as work:
                await note_results(work, self.adapter.portal, answered)


async def _claim(work: UnitOfWork, portal: str, record_ids: Collection[str]) -> Sequence[AnyRow]:
    """Fresh orders are free whatever the clock says: two machines never agree to the millisecond.

    A row that another writer holds is passed over: whoever holds it tells what comes next.
    """
    free = (
        select(placement.c.record_id)
        .where(
            placement.c.portal == portal,
            placement.c.record_id.in_(record_ids),
            or_(placement.c.pushes == 0, placement.c.next_push_at <= work.now),
            placements.waiting_for_push(),
        )
        .order_by(placement.c.record_id)
        .with_for_update(skip_locked=True)
    )
    taken = (await work.connection.execute(free)).scalars().all()
    if not taken:
        return []
    await work.connection.execute(
        update(placement)
        .where(placement.c.portal == portal, placement.c.record_id.in_(taken))
        .values(next_push_at=work.now + LEASE, pushes=placement.c.pushes + 1, receipt=None)
    )
    return await placements.with_content(work.connection, portal, taken)


def _orders(rows: Sequence[AnyRow]) -> tuple[list[PushOrder], list[PushResult]]:
    """What can be sent, take-downs first; a content that cannot be read must not hold up the others."""
    orders: list[PushOrder] = []
    unreadable: list[PushResult] = []
    for row in rows:
        try:
            orders.append(_order(row))
        except ValueError as error:
            log.error("content_unreadable", record_id=row.record_id, error=_name(error))
            fault = {"code": "unreadable", "message": _name(error)}
            unreadable.append(PushResult(row.record_id, row.generation, Outcome.NOT_SENT, **fault))
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


def _pending(portal: str) -> Select[Any]:
    return (
        select(placement.c.record_id, placement.c.generation, placement.c.receipt, placement.c.pushes)
        .where(placement.c.portal == portal, placement.c.receipt.is_not(None))
        .order_by(placement.c.next_push_at)
        .limit(RECEIPTS_AT_ONCE)
    )
