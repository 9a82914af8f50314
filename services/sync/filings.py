"""Forms at a portal that decides by stages (申请表办理): how far each has come, and which are overdue.

It never gives an order up: while the portal says where the form is, filing it again would only start the days anew.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import bindparam, func, select, update

from services.sync import placements
from services.sync.answers import note_lines
from services.sync.domain.filing import Expected, expected
from services.sync.domain.patience import RECEIPT_OVERDUE, STAGE_AGAIN, wait
from services.sync.portals.base import Outcome, PushResult
from services.sync.tables import placement
from shared.clock import Clock, legal_date
from shared.database.connection import AsyncConnection
from shared.database.types import AnyRow
from shared.messaging.unit_of_work import UnitOfWork
from shared.workdays import WorkCalendar

log = structlog.get_logger()


@dataclass(frozen=True)
class Judged:
    """What a portal said of a form, and by when its next stage is due."""

    result: PushResult
    until: Expected


def judge(results: Sequence[PushResult], calendar: WorkCalendar) -> tuple[list[Judged], list[PushResult]]:
    """By when each form's next stage is due, and the orders left in doubt: their day or stage makes no sense."""
    judged: list[Judged] = []
    unreadable: list[PushResult] = []
    for one in results:
        if one.progress is None:
            continue
        try:
            judged.append(Judged(one, expected(one.progress, calendar)))
        except Exception as error:  # whatever one form says, its neighbours' answers count
            log.error("progress_unreadable", record_id=one.record_id, error=type(error).__name__)
            named = (one.record_id, one.generation)
            unreadable.append(
                PushResult(*named, Outcome.UNCERTAIN, code="progress_unreadable", message=type(error).__name__)
            )
    return judged, unreadable


async def note_progress(work: UnitOfWork, portal: str, rows: Mapping[str, AnyRow], judged: Sequence[Judged]) -> None:
    """Write how far these orders have come; `rows` are their placements by record, as they were asked for.

    A line of history only when a stage was reached, not for each question.
    """
    if not judged:
        return
    results = [one.result for one in judged]
    await placements.lock(work, portal, [result.record_id for result in results])
    statement = (
        update(placement)
        .where(
            placement.c.record_id == bindparam("of_record"),
            placement.c.portal == portal,
            placement.c.generation == bindparam("sent"),
            placement.c.receipt.is_not(None),
        )
        .values(
            filing_stage=bindparam("stage"),
            filing_since=bindparam("since"),
            filing_expected_on=bindparam("expected_on"),
            filing_provisional=bindparam("provisional"),
            next_receipt_at=bindparam("again_at"),
            receipt_due_at=bindparam("overdue_at"),
        )
    )
    parameters = [_parameters(work, rows[one.result.record_id], one) for one in judged]
    await work.connection.execute(statement, parameters)
    news = [one for one in results if one.progress and one.progress.stage != rows[one.record_id].filing_stage]
    if news:
        await note_lines(work, portal, news, 0.0)


async def overdue(connection: AsyncConnection, clock: Clock) -> dict[tuple[str, str], int]:
    """Forms whose next stage should have been reached, by portal and stage."""
    columns = placement.c
    statement = (
        select(columns.portal, columns.filing_stage, func.count())
        .where(
            columns.receipt.is_not(None),
            columns.filing_stage.is_not(None),
            columns.filing_expected_on < legal_date(clock.now()),
        )
        .group_by(columns.portal, columns.filing_stage)
    )
    return {(portal, stage): count for portal, stage, count in (await connection.execute(statement)).all()}


def _parameters(work: UnitOfWork, row: AnyRow, judged: Judged) -> dict[str, Any]:
    result, until = judged.result, judged.until
    if result.progress is None:
        raise ValueError("a pending answer without its progress is no answer")
    return {
        "of_record": result.record_id,
        "sent": result.generation,
        "stage": result.progress.stage,
        "since": result.progress.since,
        "expected_on": until.on,
        "provisional": until.provisional,
        "again_at": work.now + wait(STAGE_AGAIN, row.receipt_asks),
        # A portal that falls silent about a form it knew leaves the order in doubt.
        "overdue_at": work.now + wait(RECEIPT_OVERDUE, len(RECEIPT_OVERDUE)),
    }
