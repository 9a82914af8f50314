"""`/v1/campaigns`: form a list, preview and approve batches, log contacts, hand out the exit list, see the progress."""

from collections.abc import Collection
from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import TypeAdapter

from services.disclosure.api.cursors import after_text
from services.disclosure.api.desk import Desk
from services.disclosure.campaign import exits, store
from services.disclosure.campaign.clean_up import Window, approve, form_campaign, must_exist, preview
from services.disclosure.campaign.contact import log_contact
from services.disclosure.campaign.domain.words import Clearing, Exit, Group, by_current_region
from services.disclosure.campaign.sheet import MEDIA_TYPE, exit_sheet
from services.disclosure.campaign.views import (
    ActView,
    ApprovalBody,
    CampaignBody,
    CampaignView,
    ContactBody,
    ContactView,
    ExitView,
    GuidanceView,
    Logged,
    PreviewView,
    ProgressView,
    SubjectView,
    campaign_view,
    contact_view,
)
from shared.database.connection import AsyncConnection
from shared.database.types import AnyRow
from shared.errors import NOT_FOUND, Problem
from shared.identifiers import strip_control
from shared.messaging.unit_of_work import unit_of_work
from shared.vocabulary import RegistryStatus
from shared.web.auth import requires
from shared.web.body import JSON, accepts, documented, parsed
from shared.web.caller import Caller
from shared.web.idempotency import Reply, changing_call, once, reply
from shared.web.identifier import identifier
from shared.web.pagination import Page, Paged, page_of
from shared.web.scopes import Scope
from shared.web.totals import Counted, CountedPage, total_of, with_total

router = APIRouter(prefix="/v1/campaigns", tags=["campaign"])

Reader = Annotated[Caller, requires(Scope.DISCLOSURE_READ)]
Operator = Annotated[Caller, requires(Scope.DISCLOSURE_OPERATE)]
Approver = Annotated[Caller, requires(Scope.DISCLOSURE_APPROVE)]
Json = Annotated[str, accepts(JSON)]


_CAMPAIGN, _APPROVAL, _CONTACT = TypeAdapter(CampaignBody), TypeAdapter(ApprovalBody), TypeAdapter(ContactBody)


@router.post(
    "", status_code=201, response_model=CampaignView, summary="Form a list", openapi_extra=documented(_CAMPAIGN, JSON)
)
async def post_campaign(request: Request, caller: Operator, desk: Desk, _media_type: Json) -> Response:
    """名单梳理: every penalty of the window that was ever on the own column, with its group of today."""
    body = await parsed(request, _CAMPAIGN)
    call = await changing_call(request, caller)
    async with unit_of_work(desk.database, desk.clock) as work:

        async def produce() -> Reply:
            window = Window(body.decided_from, body.decided_to)
            abnormal = await _abnormal(desk, work.connection)
            campaign_id = await form_campaign(work, body.title, window, body.reason, caller.client_id, abnormal)
            row = await store.read_campaign(work.connection, campaign_id)
            return reply(201, campaign_view(row, await store.count_groups(work.connection, campaign_id)))

        return await once(work, call, produce)


@router.get("", summary="The campaigns, newest first")
async def get_campaigns(
    _caller: Reader, desk: Desk, page: Paged, counted: Counted = False
) -> CountedPage[CampaignView]:
    async with desk.database.reading() as connection:
        rows = await store.list_campaigns(connection, after_text(page.after), page.fetch)
        total = await total_of(connection, store.all_campaigns()) if counted else None
    found = page_of(rows, page, position=lambda row: [row.campaign_id], shown=lambda row: campaign_view(row, {}))
    return with_total(found, total)


@router.get("/{campaign_id}", summary="One campaign with the sizes of its groups")
async def get_campaign(campaign_id: str, _caller: Reader, desk: Desk) -> CampaignView:
    async with desk.database.reading() as connection:
        row = await store.read_campaign(connection, identifier(campaign_id))
        if row is None:
            raise Problem(NOT_FOUND, "There is no such campaign.")
        return campaign_view(row, await store.count_groups(connection, campaign_id))


@router.get("/{campaign_id}/subjects", summary="The list of subjects (失信主体名单)")
async def get_subjects(
    campaign_id: str, _caller: Reader, desk: Desk, page: Paged, group: Group | None = None, counted: Counted = False
) -> CountedPage[SubjectView]:
    async with desk.database.reading() as connection:
        await must_exist(connection, identifier(campaign_id))
        rows = await store.list_subjects(connection, campaign_id, group, after_text(page.after), page.fetch)
        total = await total_of(connection, store.all_subjects(campaign_id, group)) if counted else None
    found = page_of(rows, page, position=_by_subject, shown=lambda row: SubjectView(**row._mapping))
    return with_total(found, total)


@router.get("/{campaign_id}/preview", summary="Dry run of a batch")
async def get_preview(
    campaign_id: str, _caller: Reader, desk: Desk, what: Annotated[Clearing, Query(description="Which batch.")]
) -> PreviewView:
    """Changes nothing. Its digest is what an approval must name."""
    async with desk.database.reading() as connection:
        abnormal = await _abnormal(desk, connection)
        seen = await preview(connection, identifier(campaign_id), what, desk.today(), abnormal)
    return PreviewView(
        what=seen.what,
        reason=seen.reason,
        records=len(seen.record_ids),
        by_region=dict(seen.by_region),
        held_back=seen.held_back,
        more=seen.more,
        digest=seen.digest,
        first=list(seen.record_ids[:100]),
    )


@router.post(
    "/{campaign_id}/take-downs",
    status_code=201,
    response_model=ActView,
    summary="Approve a batch and take it down",
    openapi_extra=documented(_APPROVAL, JSON),
)
async def post_take_downs(
    campaign_id: str, request: Request, caller: Approver, desk: Desk, _media_type: Json
) -> Response:
    """Exactly what was previewed; the approver and the reason stand beside every record (A16)."""
    body = await parsed(request, _APPROVAL)
    call = await changing_call(request, caller)
    async with unit_of_work(desk.database, desk.clock) as work:

        async def produce() -> Reply:
            abnormal = await _abnormal(desk, work.connection)
            act_id, records = await approve(
                work, identifier(campaign_id), body.what, body.digest, body.explanation, caller.client_id, abnormal
            )
            return reply(201, ActView(act_id=act_id, records=records))

        return await once(work, call, produce)


@router.post(
    "/{campaign_id}/contacts",
    status_code=201,
    response_model=Logged,
    summary="Log a contact",
    openapi_extra=documented(_CONTACT, JSON),
)
async def post_contact(campaign_id: str, request: Request, caller: Operator, desk: Desk, _media_type: Json) -> Response:
    body = await parsed(request, _CONTACT)
    call = await changing_call(request, caller)
    async with unit_of_work(desk.database, desk.clock) as work:

        async def produce() -> Reply:
            how = (body.channel, body.outcome, body.note)
            contact_id = await log_contact(
                work, identifier(campaign_id), body.subject_key, body.contacted_on, how, caller.client_id
            )
            return reply(201, Logged(contact_id=contact_id))

        return await once(work, call, produce)


@router.get("/{campaign_id}/contacts", summary="The contacts with one subject")
async def get_contacts(
    campaign_id: str, _caller: Reader, desk: Desk, page: Paged, subject_key: Annotated[str, Query(max_length=80)]
) -> Page[ContactView]:
    async with desk.database.reading() as connection:
        await must_exist(connection, identifier(campaign_id))
        key = strip_control(subject_key)
        rows = await store.list_contacts(connection, campaign_id, key, after_text(page.after), page.fetch)
    return page_of(rows, page, position=lambda row: [row.contact_id], shown=contact_view)


@router.get("/{campaign_id}/guidance", summary="Whom to contact and guide (A14)")
async def get_guidance(
    campaign_id: str, _caller: Reader, desk: Desk, page: Paged, counted: Counted = False
) -> CountedPage[GuidanceView]:
    """Still shown, the minimum reached, not expired, and no abnormal operator."""
    async with desk.database.reading() as connection:
        await must_exist(connection, identifier(campaign_id))
        today, abnormal = desk.today(), await _abnormal(desk, connection)
        asked = (today, after_text(page.after), page.fetch)
        rows = await store.list_guidance(connection, campaign_id, *asked, abnormal)
        total = await total_of(connection, store.all_guided(campaign_id, today, abnormal)) if counted else None
    found = page_of(rows, page, position=_by_subject, shown=lambda row: GuidanceView(**row._mapping))
    return with_total(found, total)


@router.get("/{campaign_id}/exit-list", summary="Subjects whose penalties have all ended")
async def get_exits(
    campaign_id: str, _caller: Reader, desk: Desk, page: Paged, counted: Counted = False
) -> CountedPage[ExitView]:
    async with desk.database.reading() as connection:
        await must_exist(connection, identifier(campaign_id))
        today = desk.today()
        rows = await exits.list_exits(connection, campaign_id, today, after_text(page.after), page.fetch)
        total = await total_of(connection, exits.all_exits(campaign_id, today)) if counted else None
    found = page_of(rows, page, position=_by_subject, shown=lambda row: ExitView(**asdict(row)))
    return with_total(found, total)


@router.get("/{campaign_id}/exit-list.xlsx", summary="The same for the 发改委 (xlsx)", response_class=StreamingResponse)
async def get_exit_sheet(campaign_id: str, _caller: Reader, desk: Desk) -> StreamingResponse:
    """Whole, and written while it is read."""
    async with desk.database.reading() as connection:
        row = await store.read_campaign(connection, identifier(campaign_id))
    if row is None:
        raise Problem(NOT_FOUND, "There is no such campaign.")
    today = desk.today()
    headers = {"Content-Disposition": f'attachment; filename="exit-list-{today}.xlsx"'}
    found = exits.pieces_of_exits(desk.database, campaign_id, today)
    return StreamingResponse(exit_sheet(found, row.title, today), media_type=MEDIA_TYPE, headers=headers)


@router.get("/{campaign_id}/progress", summary="Progress by region, in percent")
async def get_progress(campaign_id: str, _caller: Reader, desk: Desk) -> list[ProgressView]:
    """Of the records that were abnormal, overdue or repairable when the list was formed: how many are gone."""
    async with desk.database.reading() as connection:
        await must_exist(connection, identifier(campaign_id))
        counts = await store.count_progress(connection, campaign_id, desk.today())
    return [
        ProgressView(region=one.region, name=one.name, total=one.total, done=one.done, percent=one.percent)
        for one in by_current_region(counts)
    ]


async def _abnormal(desk: Desk, connection: AsyncConnection) -> Collection[RegistryStatus]:
    """Which statuses make an abnormal operator, as the packs in force answer."""
    return (await desk.law.current(connection)).answers.abnormal_statuses


def _by_subject(row: AnyRow | Exit) -> list[str | int]:
    return [row.subject_key]
