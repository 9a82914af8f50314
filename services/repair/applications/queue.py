"""The queue of applications (待办): by tab, the least remaining time first, with who has each on the desk.

Open applications are few whatever the table holds: the state's index finds them, the running limits order them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, and_, func, literal, not_, or_, select, tuple_

from services.repair.applications.clocks import RUNS
from services.repair.applications.domain.case import OPEN_STATES, ApplicationState
from services.repair.applications.domain.clocks import RESULT, SUPPLEMENT
from services.repair.applications.tables import application, application_assignee, application_clock
from shared.database.connection import AsyncConnection
from shared.database.types import AnyRow, Instant
from shared.errors import MALFORMED, Problem

_S = ApplicationState
_columns = application.c
NEVER = datetime(9999, 1, 1, tzinfo=UTC)
"""Stands for the limit where none runs."""


class Tab(StrEnum):
    """What an application waits for."""

    OPEN = "open"  # 在办: everything that is not finished
    SUBMITTED = "submitted"  # 待受理
    REVIEWING = "reviewing"  # 待审查
    SUPPLEMENTING = "supplementing"  # 待补正
    EFFECT = "effect"  # 待撤下
    TO_SERVE = "to_serve"  # 待送达: not taken up, refused or revoked, and the applicant does not know yet
    FINISHED = "finished"  # 已办结


_STATES: dict[Tab, tuple[ApplicationState, ...]] = {
    Tab.SUBMITTED: (_S.SUBMITTED,),
    Tab.REVIEWING: (_S.ACCEPTED, _S.FIRST_REVIEWED, _S.SECOND_REVIEWED),
    Tab.SUPPLEMENTING: (_S.SUPPLEMENTING,),
    Tab.EFFECT: (_S.APPROVED,),
}
_AGAINST = (_S.DECLINED, _S.REFUSED)
_OVER = (_S.CLOSED, _S.LAPSED, _S.WITHDRAWN, *_AGAINST, _S.REVOKED)


@dataclass(frozen=True)
class Wanted:
    """What of the queue is to be shown; None does not narrow it."""

    tab: Tab
    assignee: str | None = None
    subjects: frozenset[str] | None = None


async def page(
    connection: AsyncConnection, wanted: Wanted, after: Sequence[str | int] | None, limit: int
) -> Sequence[AnyRow]:
    """Rows of `application` with `assignee` and `next_due_at`; finished ones newest first, others by their limit."""
    running = _running()
    never = literal(NEVER, Instant())
    finished = wanted.tab is Tab.FINISHED
    next_due: ColumnElement[Any] = never if finished else func.coalesce(running.c.due_at, never)
    statement = (
        select(*_columns, application_assignee.c.assignee, next_due.label("next_due_at"))
        .outerjoin(application_assignee, application_assignee.c.application_id == _columns.application_id)
        .where(_narrowed(wanted))
    )
    if not finished:
        statement = statement.outerjoin(running, running.c.application_id == _columns.application_id)
    rows: Sequence[AnyRow] = (await connection.execute(_ordered(statement, wanted, next_due, after).limit(limit))).all()
    return rows


def all_of(wanted: Wanted) -> Select[Any]:
    """The same without an end, to be counted: identifiers."""
    return (
        select(_columns.application_id)
        .outerjoin(application_assignee, application_assignee.c.application_id == _columns.application_id)
        .where(_narrowed(wanted))
    )


async def one(connection: AsyncConnection, application_id: str) -> AnyRow | None:
    statement = select(*_columns, application_assignee.c.assignee).outerjoin(
        application_assignee, application_assignee.c.application_id == _columns.application_id
    )
    return (await connection.execute(statement.where(_columns.application_id == application_id))).one_or_none()


async def count(connection: AsyncConnection) -> dict[Tab, int]:
    """Applications of each tab, by the index of states."""
    counted = select(_columns.state, func.count().label("number")).group_by(_columns.state)
    by_state = {row.state: int(row.number) for row in (await connection.execute(counted)).all()}
    to_serve = await connection.scalar(select(func.count()).select_from(application).where(_to_serve())) or 0
    found = {tab: sum(by_state.get(state, 0) for state in states) for tab, states in _STATES.items()}
    found |= {Tab.TO_SERVE: to_serve, Tab.OPEN: sum(found.values()) + to_serve}
    return found | {Tab.FINISHED: sum(by_state.get(state, 0) for state in _OVER) - to_serve}


async def limits_of_officers(connection: AsyncConnection, before: datetime) -> Sequence[AnyRow]:
    """Instants at which a limit of ours ends, with the number of applications; the applicant's own does not count."""
    columns = application_clock.c
    statement = (
        select(columns.due_at, func.count(columns.application_id.distinct()).label("number"))
        .where(RUNS, columns.due_at < before, columns.clock != SUPPLEMENT)
        .group_by(columns.due_at)
    )
    return (await connection.execute(statement)).all()


def _running() -> Subquery:
    columns = application_clock.c
    earliest = func.min(columns.due_at, type_=Instant()).label("due_at")
    return select(columns.application_id, earliest).where(RUNS).group_by(columns.application_id).subquery("running")


def _narrowed(wanted: Wanted) -> ColumnElement[bool]:
    conditions = [_of_tab(wanted.tab)]
    if wanted.assignee is not None:
        conditions.append(application_assignee.c.assignee == wanted.assignee)
    if wanted.subjects is not None:
        conditions.append(_columns.subject_key.in_(sorted(wanted.subjects)))
    return and_(*conditions)


def _of_tab(tab: Tab) -> ColumnElement[bool]:
    if tab is Tab.TO_SERVE:
        return _to_serve()
    if tab is Tab.OPEN:
        return or_(_columns.state.in_(sorted(OPEN_STATES)), _to_serve())
    if tab is Tab.FINISHED:
        # Newest first by the key: `concat` keeps the index of states from gathering and sorting all that ever ended.
        return and_(_columns.state.concat("").in_(_OVER), not_(_to_serve()))
    return _columns.state.in_(_STATES[tab])


_REVOKED = _columns.state == _S.REVOKED  # no limit runs for its service


def _to_serve() -> ColumnElement[bool]:
    # `concat` keeps the index of states out: it would read every refusal there ever was to find the few that wait.
    against = and_(_columns.state.concat("").in_(_AGAINST), _waits_for_service())
    return or_(against, and_(_REVOKED, _columns.served_on.is_(None)))


def _waits_for_service() -> ColumnElement[bool]:
    """By the limit that ends with the service: few run, while served applications only grow."""
    columns = application_clock.c
    return _columns.application_id.in_(select(columns.application_id).where(RUNS, columns.clock == RESULT))


def _ordered(
    statement: Select[Any], wanted: Wanted, next_due: ColumnElement[Any], after: Sequence[str | int] | None
) -> Select[Any]:
    if wanted.tab is Tab.FINISHED:
        newest = statement.order_by(_columns.application_id.desc())
        return newest.where(_columns.application_id < str(after[-1])) if after else newest
    ordered = statement.order_by(next_due, _columns.application_id)
    if not after:
        return ordered
    position = tuple_(literal(_instant(after[0]), Instant()), literal(str(after[-1])))
    return ordered.where(tuple_(next_due, _columns.application_id) > position)


def _instant(told: str | int) -> datetime:
    """The limit in a cursor, which comes back from outside and may be anything."""
    try:
        found = datetime.fromisoformat(str(told))
        if found.utcoffset() is not None:
            return found.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    reason = "not a cursor that this list gave out"
    raise Problem(MALFORMED, "The cursor cannot be used.", errors=[{"field": "cursor", "reason": reason}])


def position_of(row: AnyRow) -> list[str | int]:
    return [row.next_due_at.isoformat(), row.application_id]
