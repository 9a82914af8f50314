"""`/v1/records/{id}/repair-notice`: the letter of a decision as text and as Word, and its deliveries."""

import asyncio
from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from services.disclosure.api.cursors import after_text
from services.disclosure.notices import store
from services.disclosure.notices.api.desk import Clerk, Desk, JsonOnly, Reader
from services.disclosure.notices.domain.compose import chinese_day
from services.disclosure.notices.note import Delivery, DeliveryMethod, digest_of, note_delivery
from services.disclosure.notices.paper import MEDIA_TYPE, print_letter
from shared.messaging.unit_of_work import UnitOfWork, unit_of_work
from shared.web.body import JSON, documented, parsed
from shared.web.idempotency import Reply, changing_call, once, reply
from shared.web.identifier import identifier
from shared.web.pagination import Page, Paged, page_of

router = APIRouter(prefix="/v1/records", tags=["notices"])


class LetterView(BaseModel):
    """信用修复告知书. `letter_id` names the generation of its text."""

    letter_id: str
    title: str
    paragraphs: list[str]
    authority: str
    text_sha256: str


class DeliveryBody(BaseModel):
    """How the notice was delivered (送达)."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, hide_input_in_errors=True)
    method: DeliveryMethod
    delivered_on: date
    recipient: str = Field(min_length=1, max_length=50)
    receipt: str = Field(min_length=1, max_length=200, description="Number of the receipt or of the parcel.")


class DeliveryId(BaseModel):
    delivery_id: str


class DeliveryView(BaseModel):
    """A delivery; the recipient is masked."""

    delivery_id: str
    letter_id: str
    text_sha256: str
    method: DeliveryMethod
    delivered_on: date
    recipient: str
    receipt: str
    actor: str
    noted_at: datetime


_DELIVERY = TypeAdapter(DeliveryBody)
Record = Annotated[str, Field(max_length=64)]


@router.get("/{record_id}/repair-notice", summary="The repair notice that belongs to a decision")
async def get_letter(record_id: Record, _caller: Reader, desk: Desk) -> LetterView:
    """409 with the reason when the rules of that day give the case no letter."""
    async with desk.database.reading() as connection:
        disclosed = await desk.disclosed(connection, record_id)
    letter = desk.letter_of(disclosed)
    return LetterView(
        letter_id=letter.letter_id,
        title=letter.title,
        paragraphs=list(letter.paragraphs),
        authority=letter.authority,
        text_sha256=digest_of(letter),
    )


@router.get(
    "/{record_id}/repair-notice.docx",
    summary="The same as a Word document",
    response_class=Response,
    responses={200: {"content": {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}}}},
)
async def get_letter_on_paper(record_id: Record, _caller: Reader, desk: Desk) -> Response:
    """Dated with the day of the decision, with which it is delivered."""
    async with desk.database.reading() as connection:
        disclosed = await desk.disclosed(connection, record_id)
    letter = desk.letter_of(disclosed)
    issued_on = chinese_day(disclosed.record.decided_on)
    content = await asyncio.to_thread(print_letter, letter, issued_on, desk.stationery.template)
    headers = {"Content-Disposition": f'attachment; filename="repair-notice-{record_id}.docx"'}
    return Response(content, headers=headers, media_type=MEDIA_TYPE)


@router.post(
    "/{record_id}/repair-notice/deliveries",
    status_code=201,
    response_model=DeliveryId,
    summary="Note that the notice was delivered",
    openapi_extra=documented(_DELIVERY, JSON),
)
async def post_delivery(
    record_id: Record, request: Request, caller: Clerk, desk: Desk, _media_type: JsonOnly
) -> Response:
    """Bound to the text of the letter as it reads now."""
    body = await parsed(request, _DELIVERY)
    call = await changing_call(request, caller)

    async def produce(work: UnitOfWork) -> Reply:
        disclosed = await desk.disclosed(work.connection, record_id)
        caller.must_write_for(disclosed.record.issuing_authority.code)
        delivery = Delivery(body.method, body.delivered_on, body.recipient, body.receipt)
        letter = desk.letter_of(disclosed)
        made = await note_delivery(work, record_id, disclosed, letter, delivery, desk.sealer, caller.client_id)
        return reply(201, DeliveryId(delivery_id=made))

    async with unit_of_work(desk.database, desk.clock) as work:
        return await once(work, call, lambda: produce(work))


@router.get("/{record_id}/repair-notice/deliveries", summary="Deliveries of the notice")
async def get_deliveries(record_id: Record, _caller: Reader, desk: Desk, page: Paged) -> Page[DeliveryView]:
    async with desk.database.reading() as connection:
        rows = await store.read_deliveries(connection, identifier(record_id), after_text(page.after), page.fetch)
    return page_of(
        rows,
        page,
        position=lambda row: [row.delivery_id],
        shown=lambda row: DeliveryView(**{name: getattr(row, name) for name in DeliveryView.model_fields}),
    )
