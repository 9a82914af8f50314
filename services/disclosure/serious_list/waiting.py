"""What of the serious list waits for a person, and by when: hearings, listings, removals, reviews, and what ends soon.

Everything is counted by state and day, so that a long list costs no more than a short one. Serves G11.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from pydantic import BaseModel
from sqlalchemy import func, select

from services.disclosure.serious_list.domain.duties import duties
from services.disclosure.serious_list.domain.entry import IN_FORCE, EntryState
from services.disclosure.serious_list.tables import serious_entry
from shared.database.connection import AsyncConnection
from shared.database.types import AnyRow
from shared.workdays import WorkCalendar

STEPS = (
    EntryState.NOTIFIED,
    EntryState.HEARD,
    EntryState.DECIDED,
    EntryState.REMOVAL_APPLIED,
    EntryState.REMOVAL_ACCEPTED,
)
"""States that only a person's step ends."""
_SOON = timedelta(days=30)


class WaitingStep(BaseModel):
    """Entries in one state. `late` are those whose last deadline is over; `by` is the earliest last day that can still
    be kept, where the law knows one, and `provisional` beyond the announced calendar; `since_on` is when the oldest
    came into this state."""

    state: EntryState
    entries: int
    late: int
    by: date | None
    provisional: bool
    since_on: date


class ListWaiting(BaseModel):
    """What waits. `reviews` are entries in force that are not shown before legal review (法制审核); `closing` are those
    in force whose last day lies within thirty days, until `closing_by`: the first one on `closes_on`."""

    steps: list[WaitingStep]
    reviews: int
    closing: int
    closing_by: date
    closes_on: date | None


async def waiting(connection: AsyncConnection, calendar: WorkCalendar, today: date) -> ListWaiting:
    columns, soon = serious_entry.c, today + _SOON
    in_force = columns.state.in_(sorted(IN_FORCE))
    reviews = await connection.scalar(select(func.count()).where(in_force, ~columns.reviewed))
    ending = select(func.count().label("number"), func.min(columns.closes_on).label("first"))
    closing = (await connection.execute(ending.where(in_force, columns.closes_on <= soon))).one()
    rows = await _by_day(connection)
    return ListWaiting(
        steps=[_step(state, found, calendar, today) for state in STEPS if (found := _of(rows, state))],
        reviews=reviews or 0,
        closing=closing.number,
        closing_by=soon,
        closes_on=closing.first,
    )


async def _by_day(connection: AsyncConnection) -> Sequence[AnyRow]:
    columns = serious_entry.c
    statement = (
        select(columns.state, columns.state_since_on, func.count().label("number"))
        .where(columns.state.in_(STEPS))
        .group_by(columns.state, columns.state_since_on)
    )
    return (await connection.execute(statement)).all()


def _of(rows: Iterable[AnyRow], state: EntryState) -> list[AnyRow]:
    return [row for row in rows if row.state == state]


def _step(state: EntryState, rows: Sequence[AnyRow], calendar: WorkCalendar, today: date) -> WaitingStep:
    running = [(row.number, duties(state, row.state_since_on, calendar)) for row in rows]
    kept = [one for _, of_row in running for one in of_row if one.last_day >= today]
    first = min(kept, key=lambda one: one.last_day, default=None)
    late = sum(number for number, of_row in running if of_row and all(one.last_day < today for one in of_row))
    return WaitingStep(
        state=state,
        entries=sum(row.number for row in rows),
        late=late,
        by=first.last_day if first else None,
        provisional=first.provisional if first else False,
        since_on=min(row.state_since_on for row in rows),
    )
