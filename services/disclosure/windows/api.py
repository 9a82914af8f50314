"""`/v1/window-counts`, `/v1/windows`, `/v1/records/{id}/dates`: what a calendar of days shows, and why each day is."""

import json
from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from services.disclosure.api.cursors import after_texts
from services.disclosure.api.desk import Desk
from services.disclosure.domain.graver import promise_of
from services.disclosure.rules import Law
from services.disclosure.windows import store
from services.disclosure.windows.bases import Basis, DayKind, bases_of, merged
from services.disclosure.windows.kinds import Kind
from shared.clock import start_of_legal_day
from shared.contracts.records import Record
from shared.database.types import AnyRow
from shared.errors import MALFORMED, NOT_FOUND, Problem
from shared.policy import from_json
from shared.vocabulary import Audience
from shared.web.auth import requires
from shared.web.caller import Caller
from shared.web.identifier import identifier
from shared.web.pagination import Page, Paged, encoded
from shared.web.scopes import Scope

router = APIRouter(prefix="/v1", tags=["windows"])

Reader = Annotated[Caller, requires(Scope.DISCLOSURE_READ)]
_MOST_DAYS = 400
_From = Annotated[date, Query(alias="from", description="First day.")]
_Until = Annotated[date, Query(description="Last day.")]


class CalendarDay(BaseModel):
    """One day with its records of the kind that was asked for; `working` by the calendar in force."""

    day: date
    records: int
    working: bool
    announced: bool = Field(description="Whether the State Council has arranged the year of this day.")


class WindowCounts(BaseModel):
    """Every day of the span, and how many records are online although their last lawful day is over."""

    today: date
    overdue: int
    days: list[CalendarDay]


class WindowView(BaseModel):
    """One record on one day. `planned_at`: when it is taken down by itself, for take-downs."""

    record_id: str
    day: date
    document_number: str | None
    subject_name: str | None
    subject_key: str | None
    region: str | None
    decided_on: date | None
    audiences: list[Audience]
    rule_id: str | None
    article: str | None
    pack_version: str
    planned_at: datetime | None


class BasisView(BaseModel):
    """One day with its reasons. `skipped`: days of a working-day term on which offices do not work.
    `awaits_confirmation`: a graver class waits for a person, and repair is possible on no earlier day than this."""

    what: DayKind
    day: date
    audiences: list[Audience]
    counted_from: date | None
    working_days: int | None
    skipped: list[date]
    provisional: bool
    rule_id: str | None
    article: str | None
    pack_version: str | None
    confidence: str | None
    start: str | None = Field(description="Which day the rule counts from.")
    awaits_confirmation: bool = False


@router.get("/window-counts", summary="Records by day: taken down, repairable, to be published")
async def get_window_counts(_caller: Reader, desk: Desk, kind: Kind, first: _From, until: _Until) -> WindowCounts:
    """到期窗口 of at most 400 days. A record counts once a day, however many audiences see it."""
    span, today = _span(first, until), desk.today()
    async with desk.database.reading() as connection:
        counts = await store.count_days(connection, kind, span)
        overdue = await store.count_overdue(connection, today)
        calendar = (await desk.law.current(connection)).calendar
    days = [first + timedelta(days=number) for number in range((until - first).days + 1)]
    return WindowCounts(
        today=today,
        overdue=overdue,
        days=[
            CalendarDay(
                day=day,
                records=counts.get(day, 0),
                working=calendar.is_working_day(day),
                announced=calendar.is_announced(day),
            )
            for day in days
        ],
    )


@router.get("/windows", summary="The records of some days")
async def get_windows(
    _caller: Reader, desk: Desk, page: Paged, kind: Kind, first: _From, until: _Until
) -> Page[WindowView]:
    """In the order of the days, each with its rule."""
    after = after_texts(page.after, 2)
    async with desk.database.reading() as connection:
        found = await store.records_between(
            connection, kind, _span(first, until), (after[0], after[1]) if after else None, page.fetch
        )
        shown, more = found[: page.limit], len(found) > page.limit
        ids = {record_id for _, record_id, _ in shown}
        records = await store.records_of(connection, ids)
        publications = defaultdict(list)
        for row in await store.publications_of(connection, ids):
            publications[row.record_id].append(row)
    items = [
        _window(kind, day, record_id, records.get(record_id), publications[record_id]) for day, record_id, _ in shown
    ]
    return Page(items=items, next=encoded([shown[-1][2], shown[-1][1]]) if more else None)


@router.get("/records/{record_id}/dates", summary="Every day of a record, and what it rests on")
async def get_dates(record_id: str, _caller: Reader, desk: Desk) -> list[BasisView]:
    """日期与依据, in the order of the calendar; days that are the same for several audiences stand once."""
    wanted = identifier(record_id)
    async with desk.database.reading() as connection:
        rows = await store.publications_of(connection, [wanted])
        record = (await store.records_of(connection, [wanted])).get(wanted)
        law = await desk.law.current(connection)
    if not rows:
        raise Problem(NOT_FOUND, f"Disclosure knows no record {record_id[:64]}.")
    bases = [basis for row in rows for basis in _bases(row, law, desk.today())]
    views = [BasisView.model_validate(basis, from_attributes=True) for basis in merged(bases)]
    return [*_facts(record), *views]


def _bases(row: AnyRow, law: Law, today: date) -> list[Basis]:
    window = from_json(json.loads(row.provenance))
    return bases_of(row, window, promise_of(window, law.evaluator, today), law.calendar)


def _facts(record: AnyRow | None) -> list[BasisView]:
    known = ((DayKind.DECIDED, record.decided_on), (DayKind.SUBMITTED, record.first_submitted_on)) if record else ()
    nothing = dict.fromkeys(
        ("counted_from", "working_days", "rule_id", "article", "pack_version", "confidence", "start")
    )
    return [
        BasisView.model_validate(
            {**nothing, "what": what, "day": day, "audiences": [], "skipped": [], "provisional": False}
        )
        for what, day in known
        if day is not None
    ]


def _span(first: date, until: date) -> tuple[date, date]:
    if not 0 <= (until - first).days < _MOST_DAYS or not 1949 <= first.year <= until.year <= 2148:
        errors = [
            {"field": "until", "reason": f"from 0 to {_MOST_DAYS - 1} days after `from`, in the years 1949 to 2148"}
        ]
        raise Problem(MALFORMED, "These days cannot be shown together.", errors=errors)
    return first, until


def _window(kind: Kind, day: date, record_id: str, row: AnyRow | None, publications: Sequence[AnyRow]) -> WindowView:
    concerned = [one for one in publications if one.state == "online"]
    provenance = from_json(json.loads(concerned[0].provenance)).provenance
    record = Record.model_validate_json(row.body) if row and row.body else None
    repair = kind is Kind.REPAIR
    return WindowView(
        record_id=record_id,
        day=day,
        document_number=record.document_number if record else None,
        subject_name=record.subject.name if record else None,
        subject_key=record.subject.key if record else None,
        region=row.region if row else None,
        decided_on=row.decided_on if row else None,
        audiences=[one.audience for one in concerned],
        rule_id=concerned[0].due_deadline
        if kind is Kind.PUBLISH
        else provenance.repair_rule_id
        if repair
        else provenance.rule_id,
        article=None if kind is Kind.PUBLISH else provenance.repair_article if repair else provenance.article,
        pack_version=provenance.pack_version,
        planned_at=start_of_legal_day(day) if kind is Kind.TAKE_DOWN else None,
    )
