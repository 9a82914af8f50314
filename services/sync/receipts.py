"""Collect the answers that portals give later (回执): ask with growing patience, and read back what never comes.

A question that fails is no excuse: an order whose receipt is overdue is read back all the same.
"""

from collections.abc import Sequence
from datetime import datetime

import structlog
from sqlalchemy import bindparam, case, func, select, tuple_, update

from services.sync import channel
from services.sync.answers import Answered, note_results
from services.sync.budget import budget
from services.sync.domain.channel import Errand
from services.sync.domain.patience import RECEIPT_AGAIN, wait
from services.sync.filings import judge, note_progress
from services.sync.portals.base import Outcome, PendingReceipt, PortalAdapter, PortalUnavailable, PushResult
from services.sync.portals.spending import paid_by
from services.sync.tables import placement
from shared.calendars.book import CalendarBook
from shared.clock import Clock, stopwatch
from shared.database.engine import Database
from shared.database.types import AnyRow
from shared.messaging.unit_of_work import UnitOfWork, unit_of_work
from shared.vocabulary import Portal

log = structlog.get_logger()

RECEIPTS_AT_ONCE = 2_000


async def collect_receipts(database: Database, clock: Clock, adapter: PortalAdapter, book: CalendarBook) -> int:
    """Ask a portal for the answers whose time has come, take-downs first; returns how many arrived."""
    purse = budget(database, clock, adapter, Errand.ROUND)
    async with unit_of_work(database, clock) as work:
        rows = [] if await channel.reads_are_held(work, adapter.portal) else await _claim(work, adapter.portal)
    if not rows:
        return 0
    started = stopwatch()
    with paid_by(purse):
        results = await _ask(adapter, rows)
    seconds = stopwatch() - started
    async with unit_of_work(database, clock) as work:
        overdue = await _overdue(work, adapter.portal, rows, results)
        attempts = {row.record_id: row.pushes for row in rows}
        final = [result for result in results if result.outcome is not Outcome.PENDING]
        under_way = [result for result in results if result.progress and result.record_id in attempts]
        judged, unreadable = judge(under_way, await book.current(work.connection)) if under_way else ([], [])
        await note_results(work, adapter.portal, Answered([*final, *unreadable, *overdue], attempts, seconds))
        await note_progress(work, adapter.portal, {row.record_id: row for row in rows}, judged)
    return len(final)


async def next_question(database: Database, portal: Portal) -> datetime | None:
    """When the next question is due, or was."""
    async with database.looking() as connection:
        found: datetime | None = await connection.scalar(_NEXT, {"on_portal": portal})
    return found


async def _ask(adapter: PortalAdapter, rows: Sequence[AnyRow]) -> Sequence[PushResult]:
    """What the portal has to say; nothing when the question fails."""
    pending = [PendingReceipt(row.record_id, row.generation, row.receipt) for row in rows]
    try:
        return await adapter.collect_receipts(pending)
    except PortalUnavailable:
        log.warning("receipts_unavailable", portal=adapter.portal, orders=len(pending))
    except Exception as error:  # an adapter that stumbles must not keep orders waiting for ever
        log.error("receipts_failed", portal=adapter.portal, orders=len(pending), error=type(error).__name__)
    return []


async def _claim(work: UnitOfWork, portal: str) -> Sequence[AnyRow]:
    """Whoever claims sets the time of the next question, so that two workers never ask for the same receipt."""
    asked = {f"after_{times}": work.now + wait(RECEIPT_AGAIN, times + 1) for times in range(len(RECEIPT_AGAIN))}
    return (await work.connection.execute(_CLAIM, {"on_portal": portal, "now": work.now, **asked})).all()


async def _overdue(
    work: UnitOfWork, portal: Portal, rows: Sequence[AnyRow], results: Sequence[PushResult]
) -> list[PushResult]:
    """A receipt that has not come in its time leaves the order in doubt: a look tells what became of it. What another
    worker heard of it while this question was under way counts."""
    answered = {(result.record_id, result.generation) for result in results}
    silent = [row for row in rows if (row.record_id, row.generation) not in answered]
    late = {row.record_id for row in silent if row.receipt_due_at <= work.now}
    if not late:
        return []
    asked = {"on_portal": portal, "of_records": list(late), "now": work.now}
    still = {(row.record_id, row.receipt) for row in await work.connection.execute(_LATE, asked)}
    return [
        PushResult(row.record_id, row.generation, Outcome.UNCERTAIN, code="receipt_overdue", message="no receipt came")
        for row in silent
        if (row.record_id, row.receipt) in still
    ]


# Made once: building them takes longer than carrying them out for a few rows.
_P = placement.c
_OF_PORTAL = _P.portal == bindparam("on_portal"), _P.receipt.is_not(None)
_NEXT = select(func.min(_P.next_receipt_at)).where(*_OF_PORTAL)
_LATE = select(_P.record_id, _P.receipt).where(
    *_OF_PORTAL,
    _P.record_id.in_(bindparam("of_records", expanding=True)),
    _P.receipt_due_at <= bindparam("now"),
)
_DUE = (
    select(_P.record_id, _P.portal)
    .where(*_OF_PORTAL, _P.next_receipt_at <= bindparam("now"))
    .order_by(_P.take_down.desc(), _P.next_receipt_at)
    .limit(RECEIPTS_AT_ONCE)
    .with_for_update(skip_locked=True)
)
_AFTER = [bindparam(f"after_{times}", type_=_P.next_receipt_at.type) for times in range(len(RECEIPT_AGAIN))]
_CLAIM = (
    update(placement)
    .where(tuple_(_P.record_id, _P.portal).in_(_DUE))
    .values(
        receipt_asks=_P.receipt_asks + 1,
        next_receipt_at=case(
            *((_P.receipt_asks <= times, at) for times, at in enumerate(_AFTER[:-1])), else_=_AFTER[-1]
        ),
    )
    .returning(_P.record_id, _P.generation, _P.receipt, _P.pushes, _P.receipt_due_at, _P.receipt_asks, _P.filing_stage)
)
