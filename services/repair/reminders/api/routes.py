"""`/v1/contacts`: who is reminded and how. `/v1/reminders`: what was delivered to whom, and what failed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter

from services.repair.api.desk import Desk
from services.repair.reminders import contacts, store
from services.repair.reminders.contacts import NewContact, Ways
from services.repair.reminders.domain.notice import Channel, DeliveryState, Party
from shared.database.types import AnyRow
from shared.evidence.actions import Action
from shared.evidence.entry import Act, Effect
from shared.identifiers import strip_control
from shared.messaging.unit_of_work import UnitOfWork, unit_of_work
from shared.sealing import Sealer
from shared.web.auth import requires
from shared.web.body import JSON, accepts, documented, parsed
from shared.web.caller import Caller
from shared.web.idempotency import Reply, changing_call, once, reply
from shared.web.identifier import PATTERN, identifier
from shared.web.pagination import Page, Paged, page_of
from shared.web.scopes import Scope

router = APIRouter(prefix="/v1", tags=["reminders"])

Writer = Annotated[Caller, requires(Scope.REPAIR_WRITE)]
Clerk = Annotated[Caller, requires(Scope.REPAIR_HANDLE)]
Reader = Annotated[Caller, requires(Scope.REPAIR_READ)]
JsonOnly = Annotated[str, accepts(JSON)]


@dataclass(frozen=True)
class ContactDesk:
    """What entering contacts stands on, put on `app.state`."""

    sealer: Sealer
    ways: Ways


def _readable(text: str) -> str:
    visible = strip_control(text).strip()
    if not visible:
        raise ValueError("a text is needed")
    return visible


class ContactBody(BaseModel):
    """Whose contact it is and how it is reached. `authority_code`: the authority that enters it for a company."""

    model_config = ConfigDict(extra="forbid")
    party: Party
    party_key: str = Field(pattern="^[0-9A-Z]{18}$", description="USCC of the company, code of the authority.")
    channel: Channel
    address: Annotated[str, Field(min_length=3, max_length=500), AfterValidator(_readable)]
    authority_code: str | None = Field(default=None, pattern="^[0-9A-Z]{18}$")


class RemovalBody(BaseModel):
    """Why a contact is removed."""

    model_config = ConfigDict(extra="forbid")
    reason: Annotated[str, Field(min_length=1, max_length=2000), AfterValidator(_readable)]


class RetryBody(BaseModel):
    """Which failed deliveries are tried again: of these records, or all."""

    model_config = ConfigDict(extra="forbid")
    record_ids: list[Annotated[str, Field(pattern=PATTERN)]] | None = Field(default=None, min_length=1, max_length=500)
    reason: Annotated[str, Field(min_length=1, max_length=2000), AfterValidator(_readable)]


class EnteredContact(BaseModel):
    """A new contact. The secret, which checks the signature of a webhook, is shown in this answer and never again."""

    contact_id: str
    secret: str | None
    reminders: int = Field(description="Reminders that were told before and wait for this contact now.")


class RemovedContact(BaseModel):
    contact_id: str


class ContactView(BaseModel):
    """A contact with its address masked."""

    contact_id: str
    party: Party
    party_key: str
    channel: Channel
    address: str
    entered_at: datetime


class DeliveryView(BaseModel):
    """One reminder to one contact, or to the file outbox."""

    record_id: str
    contact_id: str
    channel: Channel
    address: str | None
    state: DeliveryState
    attempts: int
    next_at: datetime | None
    settled_at: datetime | None
    failure: str | None


class Retried(BaseModel):
    """How many deliveries wait again."""

    deliveries: int
    more: bool = Field(description="There may be further ones; call again.")


_CONTACT = TypeAdapter(ContactBody)
_REMOVAL = TypeAdapter(RemovalBody)
_RETRY = TypeAdapter(RetryBody)


@router.post(
    "/contacts",
    status_code=201,
    response_model=EnteredContact,
    summary="Enter a contact for reminders",
    openapi_extra=documented(_CONTACT, JSON),
)
async def post_contact(request: Request, caller: Writer, desk: Desk, _media_type: JsonOnly) -> Response:
    """By the company, or by the bureau for itself or for a company. A repetition is answered without the secret."""
    body = await parsed(request, _CONTACT)
    call = await changing_call(request, caller)
    office: ContactDesk = request.app.state.contact_desk
    new = NewContact(body.party, body.party_key, body.channel, body.address, body.authority_code)
    told: list[EnteredContact] = []

    async def produce(work: UnitOfWork) -> Reply:
        entered = await contacts.enter(work, new, caller, office.ways, office.sealer)
        answer = EnteredContact(contact_id=entered.contact_id, secret=None, reminders=entered.reminders)
        secret = contacts.signing_secret(office.sealer, entered.contact_id).hex()
        told.append(answer.model_copy(update={"secret": secret if body.channel is Channel.WEBHOOK else None}))
        return reply(201, answer)

    async with unit_of_work(desk.database, desk.clock) as work:
        answer = await once(work, call, lambda: produce(work))
    return Response(told[0].model_dump_json(), 201, media_type=JSON) if told else answer


@router.get("/contacts", summary="Contacts for reminders")
async def get_contacts(caller: Reader, desk: Desk, page: Paged) -> Page[ContactView]:
    """Those of the companies and authorities in the token; addresses are masked."""
    after = str(page.after[0]) if page.after else None
    async with desk.database.reading() as connection:
        rows = await contacts.read_own(connection, caller, after, page.fetch)
    return page_of(rows, page, position=lambda row: [row.contact_id], shown=_contact)


@router.post(
    "/contacts/{contact_id}/removal",
    response_model=RemovedContact,
    summary="Remove a contact",
    openapi_extra=documented(_REMOVAL, JSON),
)
async def post_removal(
    contact_id: str, request: Request, caller: Writer, desk: Desk, _media_type: JsonOnly
) -> Response:
    """It is told nothing more, and its address is forgotten."""
    body = await parsed(request, _REMOVAL)
    call = await changing_call(request, caller)

    async def produce(work: UnitOfWork) -> Reply:
        wanted = identifier(contact_id)
        await contacts.remove(work, wanted, body.reason, caller)
        return reply(200, RemovedContact(contact_id=wanted))

    async with unit_of_work(desk.database, desk.clock) as work:
        return await once(work, call, lambda: produce(work))


@router.get("/reminders", summary="Deliveries of reminders that repair became possible")
async def get_reminders(
    caller: Clerk,
    desk: Desk,
    page: Paged,
    state: Annotated[DeliveryState | None, Query(description="Only those in this state, such as failed.")] = None,
    record_id: Annotated[str | None, Query(pattern=PATTERN, description="Only those of one record.")] = None,
) -> Page[DeliveryView]:
    """By record and contact; addresses are masked."""
    after = [str(part) for part in page.after] if page.after and len(page.after) == 2 else None
    async with desk.database.reading() as connection:
        rows = await store.read_deliveries(connection, state, record_id, after, page.fetch)
    return page_of(rows, page, position=lambda row: [row.record_id, row.contact_id], shown=_delivery)


@router.post(
    "/reminders/retries",
    response_model=Retried,
    summary="Try failed deliveries again",
    openapi_extra=documented(_RETRY, JSON),
)
async def post_retry(request: Request, caller: Clerk, desk: Desk, _media_type: JsonOnly) -> Response:
    """After the cause was mended: they wait again with all their attempts. Those of the caller's authorities only."""
    body = await parsed(request, _RETRY)
    call = await changing_call(request, caller)

    async def produce(work: UnitOfWork) -> Reply:
        number = await store.retry(work, body.record_ids, caller)
        work.audit(Act(Action.REMINDERS_RETRIED, caller.client_id, "reminders", None, body.reason, Effect(number)))
        return reply(200, Retried(deliveries=number, more=number == store.MOST_RETRIED))

    async with unit_of_work(desk.database, desk.clock) as work:
        return await once(work, call, lambda: produce(work))


def _contact(row: AnyRow) -> ContactView:
    return ContactView(
        contact_id=row.contact_id,
        party=row.party,
        party_key=row.party_key,
        channel=row.channel,
        address=row.shown_address,
        entered_at=row.entered_at,
    )


def _delivery(row: AnyRow) -> DeliveryView:
    waits = row.state == DeliveryState.WAITING
    return DeliveryView(
        record_id=row.record_id,
        contact_id=row.contact_id,
        channel=row.channel,
        address=row.shown_address,
        state=row.state,
        attempts=row.attempts,
        next_at=row.next_at if waits else None,
        settled_at=row.settled_at,
        failure=row.failure,
    )
