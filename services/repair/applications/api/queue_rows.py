"""One line of the queue: what is left of its limit in working time, its papers, what the portals show, who has it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from pydantic import BaseModel, Field

from services.repair.applications import clocks, store
from services.repair.applications.domain.case import ApplicationState
from services.repair.applications.domain.clocks import LegalClock
from services.repair.applications.domain.rules import procedure_rules
from services.repair.applications.portals import Effect, effects
from services.repair.materials.domain.papers import PAPER_NAMES
from services.repair.materials.standing import PapersOf, papers_of
from shared.clock import LEGAL_ZONE
from shared.database.connection import AsyncConnection
from shared.database.types import AnyRow
from shared.vocabulary import Severity
from shared.workdays import WorkCalendar


class QueueLimit(BaseModel):
    """The limit that ends first: its name, from which day it is counted, and what is left of it in working time."""

    clock: str
    started_on: date
    due_at: datetime
    provisional: bool = Field(description="A day of the term lies in a year that is not announced yet (暂定期限).")
    working_days: int = Field(description="The whole term.")
    minutes_a_day: int = Field(description="Minutes of work on a working day.")
    minutes_left: int = Field(description="Minutes of work; negative when it is over.")


class QueueRow(BaseModel):
    """One application in the queue."""

    application_id: str
    tracking_number: str
    state: ApplicationState
    state_since: datetime
    version: int
    subject_key: str
    region: str
    authority_code: str
    generation: str
    severity: Severity | None
    two_people: bool
    first_reviewer: str | None
    filed_at: datetime
    served_on: date | None
    effective_on: date | None
    assignee: str | None
    record_ids: list[str]
    limit: QueueLimit | None = Field(description="Nothing when no limit runs, or all stand still (停表).")
    stands_still: bool = Field(description="The applicant is awaited; our own limits stand still.")
    papers_needed: int
    papers_there: int
    papers_promised: int
    papers_missing: list[str] = Field(description="Names of papers that are neither there nor promised.")
    portals_gone: int
    portals: int = Field(description="Portals that are to be seen without an approved record.")


async def queue_rows(
    connection: AsyncConnection, rows: Sequence[AnyRow], now: datetime, calendar: WorkCalendar
) -> list[QueueRow]:
    """By seven queries whatever the number of rows."""
    ids = [row.application_id for row in rows]
    records: dict[str, list[AnyRow]] = defaultdict(list)
    for one in await store.records_of(connection, ids):
        records[one.application_id].append(one)
    limits: dict[str, list[AnyRow]] = defaultdict(list)
    for one in await clocks.read(connection, ids):
        limits[one.application_id].append(one)
    papers = await papers_of(connection, rows)
    approved = store.approved_records(one for of in records.values() for one in of)
    shown = await effects(connection, approved)
    return [
        _row(row, records[row.application_id], _limit(limits[row.application_id], now, calendar), papers, shown)
        for row in rows
    ]


def _row(
    row: AnyRow,
    records: Sequence[AnyRow],
    limit: QueueLimit | None,
    papers: Mapping[str, PapersOf],
    shown: Mapping[str, Effect],
) -> QueueRow:
    of_it = papers[row.application_id]
    looks = [view for one in store.approved_records(records) for view in shown[one].portals]
    plain = {name: getattr(row, name) for name in QueueRow.model_fields if hasattr(row, name)}
    return QueueRow(
        **plain,
        record_ids=[one.record_id for one in records],
        limit=limit,
        stands_still=row.state == ApplicationState.SUPPLEMENTING,
        papers_needed=of_it.needed,
        papers_there=of_it.there,
        papers_promised=of_it.promised,
        papers_missing=[PAPER_NAMES[kind] for kind in of_it.missing],
        portals_gone=sum(one.gone for one in looks),
        portals=len(looks),
    )


def _limit(rows: Sequence[AnyRow], now: datetime, calendar: WorkCalendar) -> QueueLimit | None:
    running = [one for one in rows if one.ended_at is None and one.due_at is not None]
    if not running:
        return None
    first = min(running, key=lambda one: one.due_at)
    hours = procedure_rules().office_hours
    left = hours.minutes_between(now.astimezone(LEGAL_ZONE), first.due_at.astimezone(LEGAL_ZONE), calendar)
    return QueueLimit(
        clock=first.clock,
        started_on=first.started_on,
        due_at=first.due_at,
        provisional=first.due_provisional,
        working_days=LegalClock(first.clock, first.started_on).working_days,
        minutes_a_day=hours.minutes_a_day,
        minutes_left=left,
    )
