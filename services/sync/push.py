"""Bring a portal's orders to it: claim, send, note the answer. No transaction is open while the portal is asked.

The message names records only; what is sent is built from the state at send time, so a stale message sends the newest
order or nothing. The claim moves `next_push_at` ahead: a worker that dies is followed by another.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import Select, select, update

from services.sync import placements
from services.sync.answers import note_results
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
        orders = sorted((_order(row) for row in claimed), key=lambda order: not order.take_down)
        attempts = {row.record_id: row.pushes for row in claimed}
        size = self.adapter.limits.orders_a_request
        turns = asyncio.Semaphore(self.adapter.limits.requests_at_once)
        await asyncio.gather(
            *(self._send(orders[at : at + size], attempts, turns) for at in range(0, len(orders), size))
        )

    async def _send(self, orders: Sequence[PushOrder], attempts: Mapping[str, int], turns: asyncio.Semaphore) -> None:
        async with turns:
            started = stopwatch()
            try:
                results = await self.adapter.push(orders)
            except PortalUnavailable as error:
                log.warning("portal_unavailable", portal=self.adapter.portal, orders=len(orders))
                results = [_not_sent(order, error) for order in orders]
        await self._note(results, attempts, stopwatch() - started)

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
        await self._note(results, {row.record_id: row.pushes for row in rows}, stopwatch() - started)
        return len(results)

    async def _note(self, results: Sequence[PushResult], attempts: Mapping[str, int], seconds: float) -> None:
        async with unit_of_work(self.database, self.clock) as work:
            await note_results(work, self.adapter.portal, results, attempts, seconds)


async def _claim(work: UnitOfWork, portal: str, record_ids: Collection[str]) -> Sequence[AnyRow]:
    claimed = (
        update(placement)
        .where(
            placement.c.portal == portal,
            placement.c.record_id.in_(record_ids),
            placement.c.next_push_at <= work.now,
            placements.waiting_for_push(),
        )
        .values(next_push_at=work.now + LEASE, pushes=placement.c.pushes + 1, receipt=None)
        .returning(placement.c.record_id)
    )
    taken = (await work.connection.execute(claimed)).scalars().all()
    return await placements.with_content(work, portal, taken)


def _order(row: AnyRow) -> PushOrder:
    return PushOrder(
        record_id=row.record_id,
        generation=row.generation,
        take_down=row.take_down,
        record=Record.model_validate_json(row.body),
        closes_on=row.closes_on,
        reason=TakeDownReason(row.reason) if row.reason else None,
    )


def _not_sent(order: PushOrder, error: PortalUnavailable) -> PushResult:
    return PushResult(order.record_id, order.generation, Outcome.NOT_SENT, code="unavailable", message=str(error))


def _pending(portal: str) -> Select[Any]:
    return (
        select(placement.c.record_id, placement.c.generation, placement.c.receipt, placement.c.pushes)
        .where(placement.c.portal == portal, placement.c.receipt.is_not(None))
        .order_by(placement.c.next_push_at)
        .limit(RECEIPTS_AT_ONCE)
    )
