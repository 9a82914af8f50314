"""`/v1/policy`: the packs in force, what others would change, and who adopted which when and why."""

import asyncio
import json
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from services.disclosure.api.desk import Desk
from services.disclosure.policy import store
from services.disclosure.policy.adopt import adopt_pack, checked
from services.disclosure.policy.compare_packs import ask_comparison, not_before
from services.disclosure.policy.follow import Far, how_far
from services.disclosure.policy.view import PolicyView, policy_view
from shared.clock import wall_time
from shared.database.types import AnyRow
from shared.errors import NOT_FOUND, Problem
from shared.messaging.unit_of_work import unit_of_work
from shared.policy.load import for_editing
from shared.web.auth import requires
from shared.web.body import JSON, accepts, documented, parsed
from shared.web.caller import Caller
from shared.web.idempotency import Reply, changing_call, once, reply
from shared.web.identifier import identifier
from shared.web.pagination import Page, Paged, page_of
from shared.web.scopes import Scope
from shared.web.totals import Counted, CountedPage, total_of, with_total

router = APIRouter(prefix="/v1/policy", tags=["policy"])

Reader = Annotated[Caller, requires(Scope.DISCLOSURE_READ)]
Adopter = Annotated[Caller, requires(Scope.DISCLOSURE_ADOPT)]
_FileText = Annotated[str, Field(max_length=256 * 1024)]
_Files = Annotated[dict[Annotated[str, Field(max_length=100)], _FileText], Field(min_length=1, max_length=200)]


class PacksBody(BaseModel):
    """A whole set of packs: file name to TOML text."""

    model_config = ConfigDict(extra="forbid")
    files: _Files


class ComparisonBody(PacksBody):
    """Packs, and the day on which they are asked for: today, or later to see what a coming version would change."""

    as_of: date | None = None


class AdoptionBody(PacksBody):
    """Packs with the reason that is kept beside who adopted them."""

    reason: Annotated[str, Field(min_length=1, max_length=2000, pattern=r"^[^\x00]*[^\s\x00][^\x00]*$")]


class ProgressView(BaseModel):
    """How far a comparison has come. `expected` is about how many records there are, `seconds_left` by the rate."""

    compared: int
    expected: int
    records_per_second: float
    seconds_left: float | None


class ComparisonView(BaseModel):
    """`state` is `waiting` or `done`; `result` has counts by audience and city and a summary; the changed records are
    at `/changes` of it. `progress` is told while somebody works on it.
    """

    comparison_id: str
    version: str
    as_of: date
    asked_by: str
    asked_at: datetime
    state: str
    finished_at: datetime | None
    progress: ProgressView | None
    result: dict[str, Any] | None


class AskedView(BaseModel):
    """One comparison without its result; `state` is `waiting` or `done`."""

    comparison_id: str
    version: str
    as_of: date
    asked_by: str
    asked_at: datetime
    state: str
    finished_at: datetime | None


class ReevaluationView(BaseModel):
    """How far the records are judged anew. `expected` is those that were and those that wait."""

    judged: int
    expected: int
    records_per_second: float
    seconds_left: float | None


class AdoptionView(BaseModel):
    """One adoption and how far the re-evaluation of the records has come; `progress` is told of the newest one, until
    it is complete."""

    revision: int
    version: str
    origin: str
    adopted_by: str
    reason: str
    adopted_at: datetime
    judged: int
    taken_down: int
    shown: int
    changed: int
    completed_at: datetime | None
    progress: ReevaluationView | None = None


class AdoptionReceipt(BaseModel):
    """The packs that are in force now; the records follow in the background."""

    revision: int
    version: str


class ComparisonReceipt(BaseModel):
    """Where the result will be."""

    comparison_id: str
    version: str


COMPARISON = TypeAdapter(ComparisonBody)
ADOPTION = TypeAdapter(AdoptionBody)


@router.get("", summary="The packs in force: documents, versions, effective dates, answers, citations")
async def get_policy(_caller: Reader, desk: Desk) -> PolicyView:
    async with desk.database.reading() as connection:
        law = await desk.law.current(connection)
    return policy_view(law.evaluator.packs, law.revision)


@router.get("/files", summary="The files of the packs in force or of an earlier revision, as a lawyer edits them")
async def get_files(
    _caller: Reader,
    desk: Desk,
    revision: Annotated[
        int | None, Query(ge=1, le=2**31 - 1, description="Of an adoption; by default in force.")
    ] = None,
) -> dict[str, str]:
    """Change them, have them compared, adopt them; those of an earlier revision are adopted again to go back."""
    async with desk.database.reading() as connection:
        if revision is not None:
            return for_editing(await store.read_former(connection, revision))
        law = await desk.law.current(connection)
        return for_editing(await store.read_texts(connection, law.revision) if law.revision else {})


@router.post(
    "/comparisons",
    status_code=202,
    response_model=ComparisonReceipt,
    summary="Ask what other packs would change",
    openapi_extra=documented(COMPARISON, JSON),
)
async def post_comparison(
    request: Request, caller: Adopter, desk: Desk, _media_type: Annotated[str, accepts(JSON)]
) -> Response:
    """A dry run over all that is shown or waits; nothing changes. Broken packs are refused by file and entry."""
    body = await parsed(request, COMPARISON)
    as_of = not_before(desk.today(), body.as_of)
    call, packs = await changing_call(request, caller), await asyncio.to_thread(checked, body.files)
    async with unit_of_work(desk.database, desk.clock) as work:

        async def produce() -> Reply:
            comparison_id = await ask_comparison(work, body.files, packs, as_of, by=caller.client_id)
            return reply(202, ComparisonReceipt(comparison_id=comparison_id, version=packs.version))

        return await once(work, call, produce)


@router.get("/comparisons", summary="The comparisons, newest first")
async def get_comparisons(_caller: Reader, desk: Desk, page: Paged) -> Page[AskedView]:
    before = None if page.after is None else str(page.after[0])
    async with desk.database.reading() as connection:
        rows = await store.read_comparisons(connection, before, page.fetch)
    return page_of(rows, page, position=lambda row: [row.comparison_id], shown=_asked)


@router.get("/comparisons/{comparison_id}/files", summary="The packs that were compared")
async def get_compared_files(comparison_id: str, _caller: Reader, desk: Desk) -> dict[str, str]:
    """File name to TOML text, as it was handed in: so that what was compared and nothing else can be adopted."""
    async with desk.database.reading() as connection:
        row = await store.find_comparison(connection, identifier(comparison_id))
    if row is None:
        raise Problem(NOT_FOUND, "There is no comparison with this identifier.")
    texts: dict[str, str] = json.loads(row.texts)
    return texts


@router.get("/comparisons/{comparison_id}", summary="The result of a comparison")
async def get_comparison(comparison_id: str, _caller: Reader, desk: Desk) -> ComparisonView:
    async with desk.database.reading() as connection:
        row = await store.find_comparison(connection, identifier(comparison_id))
    if row is None:
        raise Problem(NOT_FOUND, "There is no comparison with this identifier.")
    return ComparisonView(
        comparison_id=row.comparison_id,
        version=row.version,
        as_of=row.as_of,
        asked_by=row.asked_by,
        asked_at=row.asked_at,
        state="done" if row.finished_at else "waiting",
        finished_at=row.finished_at,
        progress=_progress(row, wall_time()),
        result=json.loads(row.result) if row.result else None,
    )


@router.post(
    "/adoptions",
    status_code=201,
    response_model=AdoptionReceipt,
    summary="Put other packs in force",
    openapi_extra=documented(ADOPTION, JSON),
)
async def post_adoption(
    request: Request, caller: Adopter, desk: Desk, _media_type: Annotated[str, accepts(JSON)]
) -> Response:
    """Every record is judged anew in the background. No stored window grows, nothing hidden is shown again."""
    body = await parsed(request, ADOPTION)
    call, packs = await changing_call(request, caller), await asyncio.to_thread(checked, body.files)
    async with unit_of_work(desk.database, desk.clock) as work:

        async def produce() -> Reply:
            done = await adopt_pack(work, body.files, packs, desk.law, by=caller.client_id, reason=body.reason)
            return reply(201, AdoptionReceipt(revision=done.revision, version=done.version))

        return await once(work, call, produce)


@router.get("/adoptions", summary="Which packs were in force, adopted by whom and why")
async def get_adoptions(
    _caller: Reader, desk: Desk, page: Paged, counted: Counted = False
) -> CountedPage[AdoptionView]:
    """The newest first; it is the one in force."""
    before = page.after[0] if page.after and isinstance(page.after[0], int) else None
    async with desk.database.reading() as connection:
        rows = await store.read_adoptions(connection, before, page.fetch)
        total = await total_of(connection, store.all_adoptions()) if counted else None
        far = await how_far(connection, rows[0], desk.clock.now()) if rows and before is None else None
    found = page_of(rows, page, position=lambda row: [row.revision], shown=_adoption)
    if far is not None:
        found.items[0].progress = _reevaluation(far)
    return with_total(found, total)


def _adoption(row: AnyRow) -> AdoptionView:
    names = AdoptionView.model_fields.keys() - {"progress"}
    return AdoptionView(**{name: getattr(row, name) for name in names})


def _reevaluation(far: Far) -> ReevaluationView:
    return ReevaluationView(
        judged=far.judged, expected=far.expected, records_per_second=far.rate, seconds_left=far.seconds_left
    )


def _progress(row: AnyRow, now: datetime) -> ProgressView | None:
    if row.finished_at or row.begun_at is None or row.expected is None:
        return None
    rate = row.compared / max((now - row.begun_at).total_seconds(), 0.001)
    left = (row.expected - row.compared) / rate if rate else None
    return ProgressView(compared=row.compared, expected=row.expected, records_per_second=rate, seconds_left=left)


def _asked(row: AnyRow) -> AskedView:
    return AskedView(
        comparison_id=row.comparison_id,
        version=row.version,
        as_of=row.as_of,
        asked_by=row.asked_by,
        asked_at=row.asked_at,
        state="done" if row.finished_at else "waiting",
        finished_at=row.finished_at,
    )
