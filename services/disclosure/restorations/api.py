"""`/v1/restorations`: what packs that proved wrong still hide, and the act by which a person shows it again."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from services.disclosure.api.cursors import after_text, after_texts
from services.disclosure.api.desk import Desk
from services.disclosure.confirmations.store import Decision
from services.disclosure.restorations import store
from services.disclosure.restorations.restore import Outcome, candidates, restore, wrong_adoption
from shared.errors import CONFLICT, Problem
from shared.messaging.unit_of_work import unit_of_work
from shared.vocabulary import Audience
from shared.web.auth import requires
from shared.web.body import JSON, accepts, documented, parsed
from shared.web.caller import Caller
from shared.web.idempotency import Reply, changing_call, once, reply
from shared.web.identifier import PATTERN
from shared.web.pagination import Page, Paged, page_of
from shared.web.scopes import Scope

router = APIRouter(prefix="/v1/restorations", tags=["restorations"])

MOST_RECORDS = 500
Reader = Annotated[Caller, requires(Scope.DISCLOSURE_READ)]
Confirmer = Annotated[Caller, requires(Scope.DISCLOSURE_CONFIRM)]
RecordId = Annotated[str, Field(pattern=PATTERN)]


class RestorationBody(BaseModel):
    """`revision` is the adoption whose packs proved wrong. The reason is kept beside who restored and when."""

    model_config = ConfigDict(extra="forbid")
    revision: Annotated[int, Field(ge=1, le=2**31 - 1)]
    record_ids: Annotated[list[RecordId], Field(min_length=1, max_length=MOST_RECORDS)]
    reason: Annotated[str, Field(min_length=1, max_length=2000, pattern=r"^[^\x00]*[^\s\x00][^\x00]*$")]


class OutcomeView(BaseModel):
    """One publication: the last day that it gets back, or why it stays hidden."""

    record_id: str
    audience: Audience
    closes_on: date | None
    refusal: str | None


class RestorationReceipt(BaseModel):
    """What was shown again, and what was not."""

    restoration_id: str
    restored_by: str
    restored_at: datetime
    outcomes: list[OutcomeView]


class RestorationView(BaseModel):
    """One act."""

    restoration_id: str
    revision: int
    reason: str
    restored_by: str
    restored_at: datetime
    records: int


_BODY = TypeAdapter(RestorationBody)


@router.get("/candidates", summary="What packs that proved wrong still hide")
async def get_candidates(
    _caller: Reader,
    desk: Desk,
    page: Paged,
    revision: Annotated[int, Query(ge=1, le=2**31 - 1, description="The adoption that proved wrong.")],
) -> Page[OutcomeView]:
    """A dry run: nothing changes. Publications that those packs hid, each with what an act would do."""
    wrong, after = await wrong_adoption(desk.database, revision), after_texts(page.after, 2)
    async with desk.database.reading() as connection:
        law = await desk.law.current(connection)
        place = (after[0], after[1]) if after else None
        found = await candidates(connection, wrong, law, desk.today(), (place, page.fetch))
    return page_of(found, page, position=lambda one: [one.record_id, one.audience], shown=_view)


@router.post(
    "",
    status_code=201,
    response_model=RestorationReceipt,
    summary="Show again what packs that proved wrong had hidden",
    openapi_extra=documented(_BODY, JSON),
)
async def post_restoration(
    request: Request, caller: Confirmer, desk: Desk, _media_type: Annotated[str, accepts(JSON)]
) -> Response:
    """Never what was repaired or withdrawn, and never longer than the law before those packs and the law of today."""
    body = await parsed(request, _BODY)
    call, wrong = await changing_call(request, caller), await wrong_adoption(desk.database, body.revision)
    by, record_ids = Decision(caller.client_id, body.reason), sorted(set(body.record_ids))
    async with unit_of_work(desk.database, desk.clock) as work:

        async def produce() -> Reply:
            law = await desk.law.current(work.connection)
            restoration_id, outcomes = await restore(work, record_ids, wrong, law, by)
            if restoration_id is None:
                raise Problem(CONFLICT, "Nothing of this may be shown again.", refusals=_refusals(outcomes))
            receipt = RestorationReceipt(
                restoration_id=restoration_id,
                restored_by=by.decided_by,
                restored_at=work.now,
                outcomes=[_view(one) for one in outcomes],
            )
            return reply(201, receipt)

        return await once(work, call, produce)


@router.get("", summary="Acts of restoration, newest first")
async def get_restorations(_caller: Reader, desk: Desk, page: Paged) -> Page[RestorationView]:
    async with desk.database.reading() as connection:
        rows = await store.list_acts(connection, after_text(page.after), page.fetch)
    return page_of(
        rows, page, position=lambda row: [row.restoration_id], shown=lambda row: RestorationView(**row._mapping)
    )


def _view(outcome: Outcome) -> OutcomeView:
    return OutcomeView(
        record_id=outcome.record_id,
        audience=outcome.audience,
        closes_on=outcome.closes_on,
        refusal=outcome.refusal,
    )


def _refusals(outcomes: Sequence[Outcome]) -> list[dict[str, str]]:
    return [
        {"record_id": one.record_id, "audience": one.audience, "reason": one.refusal or ""} for one in outcomes[:20]
    ]
