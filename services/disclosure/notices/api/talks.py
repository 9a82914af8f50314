"""`/v1/records/{id}/talks` (诚信教育、警示约谈) and `/v1/reminders` (修复提醒)."""

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from services.disclosure.api.cursors import after_text
from services.disclosure.notices import store
from services.disclosure.notices.api.desk import Clerk, Desk, JsonOnly, Reader
from services.disclosure.notices.note import Talk, TalkKind, note_talk
from shared.messaging.unit_of_work import UnitOfWork, unit_of_work
from shared.web.body import JSON, documented, parsed
from shared.web.idempotency import Reply, changing_call, once, reply
from shared.web.identifier import PATTERN, identifier
from shared.web.pagination import Page, Paged, page_of

router = APIRouter(prefix="/v1", tags=["notices"])


class TalkBody(BaseModel):
    """A talk: likely effects, grounds of an intended listing, right to object, urging to perform and repair."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, hide_input_in_errors=True)
    kind: TalkKind
    held_on: date
    held_by: str = Field(min_length=1, max_length=200, description="The unit that held it.")
    attendee: str = Field(min_length=1, max_length=50)
    content: str = Field(min_length=1, max_length=4000)


class TalkId(BaseModel):
    talk_id: str


class TalkView(BaseModel):
    """A talk; the attendee is masked."""

    talk_id: str
    kind: TalkKind
    held_on: date
    held_by: str
    attendee: str
    content: str
    actor: str
    noted_at: datetime


class ReminderView(BaseModel):
    """A reminder, waiting or settled."""

    record_id: str
    repair_from_on: date
    created_at: datetime
    channel: str | None
    outcome: str | None
    settled_at: datetime | None


class DueNoticeView(BaseModel):
    """A decision whose notice is to be delivered."""

    record_id: str
    subject_name: str
    region: str
    decided_on: date


_TALK = TypeAdapter(TalkBody)


@router.post(
    "/records/{record_id}/talks",
    status_code=201,
    response_model=TalkId,
    summary="Note a talk held with the subject",
    openapi_extra=documented(_TALK, JSON),
)
async def post_talk(record_id: str, request: Request, caller: Clerk, desk: Desk, _media_type: JsonOnly) -> Response:
    body = await parsed(request, _TALK)
    call = await changing_call(request, caller)

    async def produce(work: UnitOfWork) -> Reply:
        disclosed = await desk.disclosed(work.connection, record_id)
        caller.must_write_for(disclosed.record.issuing_authority.code)
        talk = Talk(body.kind, body.held_on, body.held_by, body.attendee, body.content)
        talk_id = await note_talk(work, record_id, disclosed, talk, desk.sealer, caller.client_id)
        return reply(201, TalkId(talk_id=talk_id))

    async with unit_of_work(desk.database, desk.clock) as work:
        return await once(work, call, lambda: produce(work))


@router.get("/records/{record_id}/talks", summary="Talks held about a record")
async def get_talks(record_id: str, _caller: Reader, desk: Desk, page: Paged) -> Page[TalkView]:
    async with desk.database.reading() as connection:
        rows = await store.read_talks(connection, identifier(record_id), after_text(page.after), page.fetch)
    return page_of(
        rows,
        page,
        position=lambda row: [row.talk_id],
        shown=lambda row: TalkView(**{name: getattr(row, name) for name in TalkView.model_fields}),
    )


@router.get("/repair-notices/due", summary="Repair notices that nobody has delivered")
async def get_due_notices(_caller: Reader, desk: Desk, page: Paged) -> Page[DueNoticeView]:
    """两书同达: shown decisions to which a letter belongs by the rule of their day, without a delivery."""
    letters = desk.stationery.letters.letters
    async with desk.database.reading() as connection:
        rows = await store.read_undelivered(connection, letters, after_text(page.after), page.fetch)
    return page_of(rows, page, position=lambda row: [row.record_id], shown=lambda row: DueNoticeView(**row._mapping))


@router.get("/reminders", summary="Reminders that repair has become possible")
async def get_reminders(
    _caller: Reader, desk: Desk, page: Paged, record_id: Annotated[str | None, Query(pattern=PATTERN)] = None
) -> Page[ReminderView]:
    async with desk.database.reading() as connection:
        rows = await store.read_reminders(connection, record_id, after_text(page.after), page.fetch)
    return page_of(
        rows,
        page,
        position=lambda row: [row.record_id],
        shown=lambda row: ReminderView(**{name: getattr(row, name) for name in ReminderView.model_fields}),
    )
