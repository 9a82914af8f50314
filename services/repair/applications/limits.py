"""Limits of applications that are near or over (临期、超期): list, count and note them, let supplements lapse.

Level-driven and set-based: what is near or past is asked of the table, so a missed run costs time only. Serves G11.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import ColumnElement, and_, case, func, or_, select, update

from services.repair.applications.clocks import RUNS
from services.repair.applications.domain.clocks import SUPPLEMENT
from services.repair.applications.domain.rules import procedure_rules
from services.repair.applications.tables import application, application_clock
from shared.clock import legal_date, start_of_legal_day
from shared.database.connection import AsyncConnection
from shared.database.types import AnyRow
from shared.evidence.actions import Action
from shared.evidence.entry import Act, effect_of, system
from shared.messaging.unit_of_work import UnitOfWork
from shared.workdays import WorkCalendar

log = structlog.get_logger()

AT_ONCE = 500
_columns = application_clock.c


async def read_due(connection: AsyncConnection, limit: int) -> Sequence[AnyRow]:
    """Running clocks with their applications, the earliest first."""
    statement = (
        select(application_clock, application.c.state, application.c.authority_code, application.c.region)
        .join(application, application.c.application_id == _columns.application_id)
        .where(RUNS)
        .order_by(_columns.due_at, _columns.application_id, _columns.clock)
        .limit(limit)
    )
    return (await connection.execute(statement)).all()


async def count_due(connection: AsyncConnection, now: datetime) -> Sequence[AnyRow]:
    """Running clocks by name: how many, how many of them warned of, how many missed."""
    statement = (
        select(
            _columns.clock,
            func.count().label("running"),
            func.sum(case((_columns.due_at <= now, 1), else_=0)).label("missed"),
            func.sum(case((and_(_columns.warned_at.is_not(None), _columns.due_at > now), 1), else_=0)).label("near"),
        )
        .where(RUNS)
        .group_by(_columns.clock)
    )
    return (await connection.execute(statement)).all()


async def any_to_note(connection: AsyncConnection, now: datetime, calendar: WorkCalendar) -> bool:
    """Whether a limit is near or over and nobody noted it; a look that takes no write lock."""
    near = and_(_near(now, calendar), _columns.warned_at.is_(None))
    over = and_(_columns.due_at <= now, or_(_columns.missed_at.is_(None), _columns.clock == SUPPLEMENT))
    statement = select(_columns.clock).where(RUNS, or_(near, over)).limit(1)
    return (await connection.execute(statement)).first() is not None


async def escalate(work: UnitOfWork, calendar: WorkCalendar) -> int:
    """临期提醒、超期: note each limit that is near, and each that is missed, once; returns how many were noted."""
    near = await _note(work, _near(work.now, calendar), "warned_at", Action.REPAIR_LIMITS_NEAR)
    missed = await _note(work, _columns.due_at <= work.now, "missed_at", Action.REPAIR_LIMITS_MISSED)
    return near + missed


def _near(now: datetime, calendar: WorkCalendar) -> ColumnElement[bool]:
    last = calendar.add_working_days(legal_date(now), procedure_rules().near_working_days).day
    return _columns.due_at <= start_of_legal_day(last + timedelta(days=1))


async def _note(work: UnitOfWork, which: ColumnElement[bool], column: str, action: Action) -> int:
    noted = application_clock.c[column]
    pick = (
        select(_columns.application_id, _columns.clock)
        .where(RUNS, which, noted.is_(None))
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
        .cte("pick")
    )
    same = and_(_columns.application_id == pick.c.application_id, _columns.clock == pick.c.clock)
    statement = (
        update(application_clock)
        .where(select(pick.c.clock).where(same).exists())
        .values(**{column: work.now})
        .returning(_columns.application_id, _columns.clock)
    )
    rows = sorted(tuple(row) for row in (await work.connection.execute(statement)).all())
    if rows:
        about = rows[0][0] if len(rows) == 1 else f"{len(rows)} limits"
        effect = effect_of(f"{one} {clock}" for one, clock in rows)
        work.audit(Act(action, system("repair.limits"), about, effect=effect))
        log.warning("repair_limits_noted", what=column, number=len(rows))
    return len(rows)


async def lapsed(connection: AsyncConnection, now: datetime) -> list[str]:
    """Applications whose supplement did not come in time."""
    over = and_(RUNS, _columns.clock == SUPPLEMENT, _columns.due_at <= now)
    statement = select(_columns.application_id).where(over).order_by(_columns.due_at).limit(AT_ONCE)
    return list((await connection.execute(statement)).scalars())
