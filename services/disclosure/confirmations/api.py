"""`/v1/confirmations` and `/v1/approvals`: what waits for a person, and what persons decide."""

import json
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from services.disclosure.api.cursors import after_day
from services.disclosure.api.desk import Desk
from services.disclosure.confirmations import store
from services.disclosure.confirmations.counts import ConfirmationCounts, ConfirmationMemory
from services.disclosure.confirmations.decide import confirm, decide_approval
from services.disclosure.confirmations.domain.stated import severity_facts
from services.disclosure.domain.display import PublicationState
from services.disclosure.judge import Judgment
from shared.contracts.records import Record
from shared.database.types import AnyRow
from shared.messaging.unit_of_work import UnitOfWork, unit_of_work
from shared.policy import explain, from_json
from shared.policy.periods import day_before
from shared.vocabulary import Audience, PenaltyType, Procedure, Severity
from shared.web.auth import requires
from shared.web.body import JSON, accepts, documented, parsed
from shared.web.caller import Caller
from shared.web.idempotency import Reply, changing_call, once, reply
from shared.web.identifier import identifier
from shared.web.pagination import Paged, page_of
from shared.web.scopes import Scope
from shared.web.totals import Counted, CountedPage, total_of, with_total

router = APIRouter(prefix="/v1", tags=["confirmations"])

Reader = Annotated[Caller, requires(Scope.DISCLOSURE_READ)]
Confirmer = Annotated[Caller, requires(Scope.DISCLOSURE_CONFIRM)]
Lang = Literal["zh", "en"]
Reason = Annotated[str, Field(min_length=1, max_length=2000, pattern=r"^[^\x00]*[^\s\x00][^\x00]*$")]


class WaitingPublication(BaseModel):
    """One audience of a waiting record. After `confirm_by` a graver class can no longer be confirmed: display ends."""

    audience: Audience
    state: str
    severity: Severity | None
    needs_confirmation: bool
    confirm_by: date | None
    grounds: list[str]
    explanation: list[str]


class WaitingRecord(BaseModel):
    """A record that waits for a person, as it may be shown (待人工处理的信息)."""

    record_id: str
    document_number: str
    subject_name: str
    region: str
    decided_on: date
    publications: list[WaitingPublication]


class ConfirmationCountsView(BaseModel):
    """How much waits for facts. `hidden` are not shown until a person decides; `first_by` is the earliest last day on
    which one of the others can be confirmed."""

    counted_at: datetime
    records: int
    hidden: int
    first_by: date | None

    @classmethod
    def of(cls, counts: ConfirmationCounts) -> "ConfirmationCountsView":
        return cls(counted_at=counts.counted_at, records=counts.records, hidden=counts.hidden, first_by=counts.first_by)


class ConfirmationBody(BaseModel):
    """What a person states. `severity` settles a proposed class; the other facts are those that a rule asked for."""

    model_config = ConfigDict(extra="forbid")
    reason: Reason
    severity: Literal[Severity.SERIOUS, Severity.ORDINARY] | None = None
    accident_related: bool | None = None
    list_conditions: Annotated[list[Annotated[str, Field(max_length=40)]], Field(max_length=40)] | None = None
    secret: bool | None = None
    subject_under_18: bool | None = None
    procedure: Procedure | None = None
    penalty_types: Annotated[list[PenaltyType], Field(min_length=1, max_length=20)] | None = None
    fine: Annotated[Decimal, Field(ge=0, max_digits=20, decimal_places=4)] | None = None
    valid_until: date | None = None
    authority_region: Annotated[str, Field(pattern=r"^[0-9]{6}([0-9]{3}){0,2}$")] | None = None

    def stated(self) -> dict[str, Any]:
        """The facts as they are stored."""
        facts = self.model_dump(mode="json", exclude={"reason", "severity"}, exclude_none=True)
        return facts | (severity_facts(self.severity) if self.severity else {})


class ApprovalBody(BaseModel):
    """Whether a record may be shown (审慎适度)."""

    model_config = ConfigDict(extra="forbid")
    approved: bool
    reason: Reason


class ChangedPublication(BaseModel):
    """What a decision changed for one audience."""

    audience: Audience
    state: str
    closes_on: date | None
    repair_from_on: date | None


class DecisionReceipt(BaseModel):
    """The decision with what followed at once."""

    record_id: str
    decided_by: str
    decided_at: datetime
    changed: list[ChangedPublication]


LAST_DAY: dict[Lang, str] = {
    "zh": "如属严重，最迟应于{day}确认；该日过后即下线，不能再作确认。",
    "en": "If it is serious, confirm it by {day}: after that day it goes offline and can no longer be confirmed.",
}

CONFIRMATION = TypeAdapter(ConfirmationBody)
APPROVAL = TypeAdapter(ApprovalBody)


@router.get("/confirmations", summary="Records that wait for a person to confirm facts")
async def get_confirmations(
    _caller: Reader, desk: Desk, page: Paged, lang: Lang = "zh", counted: Counted = False
) -> CountedPage[WaitingRecord]:
    """Not shown for want of a fact, or shown by the milder class until a person decides (R07). The first come first:
    what is not shown, then by the last day on which it can be confirmed."""
    after = after_day(page.after)
    async with desk.database.reading() as connection:
        rows = await store.awaiting_confirmation(connection, after, page.fetch)
        shown = await store.publications_of(connection, [row.record_id for row in rows])
        total = await total_of(connection, store.all_to_confirm()) if counted else None
    found = page_of(rows, page, position=_urgency, shown=lambda row: _waiting(row, shown[row.record_id], lang))
    return with_total(found, total)


async def _memory(request: Request) -> ConfirmationMemory:
    memory: ConfirmationMemory = request.app.state.confirmation_counts
    return memory


@router.get("/confirmation-counts", summary="How many records wait for a person to confirm facts, and by when")
async def get_confirmation_counts(
    _caller: Reader, memory: Annotated[ConfirmationMemory, Depends(_memory)]
) -> ConfirmationCountsView:
    """At most ten seconds old."""
    return ConfirmationCountsView.of(await memory.read())


@router.get("/approvals", summary="Records that wait for approval before display")
async def get_approvals(
    _caller: Reader, desk: Desk, page: Paged, lang: Lang = "zh", counted: Counted = False
) -> CountedPage[WaitingRecord]:
    """Only in the regions that the settings name (审慎适度)."""
    after = str(page.after[0]) if page.after else None
    async with desk.database.reading() as connection:
        rows = await store.awaiting_approval(connection, desk.today(), after, page.fetch)
        shown = await store.publications_of(connection, [row.record_id for row in rows])
        total = await total_of(connection, store.all_to_approve(desk.today())) if counted else None
    found = page_of(rows, page, position=_position, shown=lambda row: _waiting(row, shown[row.record_id], lang))
    return with_total(found, total)


@router.post(
    "/confirmations/{record_id}",
    status_code=201,
    response_model=DecisionReceipt,
    summary="State facts about a record",
    openapi_extra=documented(CONFIRMATION, JSON),
)
async def post_confirmation(
    record_id: str, request: Request, caller: Confirmer, desk: Desk, _media_type: Annotated[str, accepts(JSON)]
) -> Response:
    """The record is judged again at once; what is stated here outlives its amendments."""
    body = await parsed(request, CONFIRMATION)
    call, by = await changing_call(request, caller), store.Decision(caller.client_id, body.reason)
    async with unit_of_work(desk.database, desk.clock) as work:

        async def produce() -> Reply:
            law = await desk.law.current(work.connection)
            changed = await confirm(work, identifier(record_id), body.stated(), law, by)
            return reply(201, _receipt(work, record_id, by, changed))

        return await once(work, call, produce)


@router.post(
    "/approvals/{record_id}",
    status_code=201,
    response_model=DecisionReceipt,
    summary="Allow or refuse the display of a record",
    openapi_extra=documented(APPROVAL, JSON),
)
async def post_approval(
    record_id: str, request: Request, caller: Confirmer, desk: Desk, _media_type: Annotated[str, accepts(JSON)]
) -> Response:
    """Approved: shown at once. Refused: not shown."""
    body = await parsed(request, APPROVAL)
    call, by = await changing_call(request, caller), store.Decision(caller.client_id, body.reason)
    async with unit_of_work(desk.database, desk.clock) as work:

        async def produce() -> Reply:
            law = await desk.law.current(work.connection)
            changed = await decide_approval(work, identifier(record_id), body.approved, law, by)
            return reply(201, _receipt(work, record_id, by, changed))

        return await once(work, call, produce)


def _position(row: AnyRow) -> list[str | int]:
    return [row.record_id]


def _urgency(row: AnyRow) -> list[str | int]:
    return [row.until.isoformat(), row.record_id]


def _waiting(row: AnyRow, publications: Sequence[AnyRow], lang: Lang) -> WaitingRecord:
    record = Record.model_validate_json(row.body)
    return WaitingRecord(
        record_id=row.record_id,
        document_number=record.document_number,
        subject_name=record.subject.name,
        region=row.region,
        decided_on=row.decided_on,
        publications=[_publication(one, lang) for one in publications],
    )


def confirm_by(row: AnyRow) -> date | None:
    """The last day on which a graver class of this publication can be confirmed (R07)."""
    if row.state != PublicationState.ONLINE:
        return None
    if row.unless_confirmed:
        return day_before(row.ends_on)
    return day_before(row.offline_on) if row.needs_confirmation else None


def _publication(row: AnyRow, lang: Lang) -> WaitingPublication:
    window, last = from_json(json.loads(row.provenance)), confirm_by(row)
    return WaitingPublication(
        audience=row.audience,
        state=row.state,
        severity=row.severity,
        needs_confirmation=row.needs_confirmation,
        confirm_by=last,
        grounds=list(window.grounds),
        explanation=explain(window, lang) + ([] if last is None else [LAST_DAY[lang].format(day=last)]),
    )


def _receipt(work: UnitOfWork, record_id: str, by: store.Decision, changed: Sequence[Judgment]) -> DecisionReceipt:
    return DecisionReceipt(
        record_id=record_id,
        decided_by=by.decided_by,
        decided_at=work.now,
        changed=[
            ChangedPublication(
                audience=one.window.audience,
                state=one.state,
                closes_on=one.window.closes_on,
                repair_from_on=one.window.repair_from_on,
            )
            for one in changed
        ],
    )
