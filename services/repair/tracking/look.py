"""Find the application that a visitor follows. A wrong number and a wrong code cannot be told apart (guarantee G15).

Both take the same one statement, which always answers with one row, and the same comparison.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from services.repair.applications import clocks, store
from services.repair.applications.domain.case import Action, ApplicationState, RecordOutcome
from services.repair.applications.domain.rules import procedure_rules
from services.repair.applications.portals import Effect, effects
from services.repair.applications.tables import application
from services.repair.tables import shown_record
from services.repair.tracking.domain.followed import (
    TOLD,
    Expected,
    Followed,
    FollowedRecord,
    FollowedStep,
    portal_of,
)
from services.repair.tracking.domain.typed import Typed, is_right
from shared.clock import legal_date
from shared.database.connection import AsyncConnection
from shared.database.types import AnyRow
from shared.vocabulary import Audience


async def look(connection: AsyncConnection, typed: Typed, now: datetime) -> Followed | None:
    """The application, or None for every reason there is."""
    of = application.c
    statement = select(func.max(of.application_id), func.max(of.uscc)).where(of.tracking_number == typed.number)
    application_id, uscc = (await connection.execute(statement)).one()
    if not is_right(typed, uscc):
        return None
    row = await store.read(connection, application_id)
    return await _followed(connection, row, now) if row is not None else None


async def _followed(connection: AsyncConnection, row: AnyRow, now: datetime) -> Followed:
    records = await store.records_of(connection, [row.application_id])
    shown = await _shown(connection, [one.record_id for one in records])
    effect = await effects(connection, store.approved_records(records))
    refused = any(one.outcome == RecordOutcome.REFUSED for one in records)
    running = await clocks.read(connection, [row.application_id])
    return Followed(
        tracking_number=row.tracking_number,
        state=ApplicationState(row.state),
        filed_on=row.filed_on,
        effective_on=row.effective_on,
        way_to_object=procedure_rules().way_to_object if refused else None,
        steps=[_step(one) for one in await store.steps_of(connection, row.application_id)],
        expected=sorted(
            (_expected(one, now) for one in running if one.ended_at is None),
            key=lambda one: (one.on or date.max, one.clock),
        ),
        records=[_record(one, shown.get(one.record_id, ()), effect.get(one.record_id)) for one in records],
    )


async def _shown(connection: AsyncConnection, record_ids: Sequence[str]) -> Mapping[str, Sequence[AnyRow]]:
    found: dict[str, list[AnyRow]] = {}
    columns = shown_record.c
    statement = select(columns.record_id, columns.audience, columns.online, columns.decided_on)
    for row in await connection.execute(statement.where(columns.record_id.in_(record_ids))):
        found.setdefault(row.record_id, []).append(row)
    return found


def _step(row: AnyRow) -> FollowedStep:
    action = Action(row.action)
    return FollowedStep(action, row.taken_on, row.reason if action in TOLD and row.reason else None)


def _expected(row: AnyRow, now: datetime) -> Expected:
    if row.due_at is None:
        return Expected(row.clock, None, provisional=False, over=False)
    last = legal_date(row.due_at) - timedelta(days=1)
    return Expected(row.clock, last, provisional=bool(row.due_provisional), over=row.due_at <= now)


def _record(row: AnyRow, shown: Sequence[AnyRow], effect: Effect | None) -> FollowedRecord:
    outcome = RecordOutcome(row.outcome)
    own = [one.online for one in shown if one.audience == Audience.OWN_COLUMN]
    return FollowedRecord(
        decided_on=next((one.decided_on for one in shown if one.decided_on), None),
        outcome=outcome,
        reason=row.reason if outcome in (RecordOutcome.REFUSED, RecordOutcome.REVOKED) else None,
        barred_until=row.barred_until,
        own_column=bool(own[0]) if own and effect is not None else None,
        portals=[portal_of(one, _day(one.seen_at), _day(one.still_since)) for one in effect.portals] if effect else [],
    )


def _day(instant: Any) -> date | None:
    return legal_date(instant) if instant is not None else None
