"""Papers of an application: hand one in, take one back, see what is there and what is missing."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter

from services.repair.api.desk import Desk
from services.repair.commitments import store as commitments
from services.repair.materials import store
from services.repair.materials.api.desk import Papers, Reader, Sender
from services.repair.materials.api.views import (
    ChecklistView,
    MaterialsView,
    MaterialView,
    checklist_view,
    commitment_view,
    material_view,
    missing_views,
)
from services.repair.materials.book import papers as paper_book
from services.repair.materials.case import find_case
from services.repair.materials.checklist import lacking, not_promised
from services.repair.materials.domain.papers import PaperKind
from services.repair.materials.hand_in import Paper, check_welcome, hand_in, take_back
from shared.clock import legal_date
from shared.errors import TOO_LARGE, Problem
from shared.identifiers import strip_control
from shared.messaging.unit_of_work import UnitOfWork, unit_of_work
from shared.web.body import JSON, accepts, documented, parsed
from shared.web.idempotency import Reply, changing_call, changing_call_with, is_answered, once, reply, usable_key
from shared.web.identifier import PATTERN, identifier

router = APIRouter(tags=["materials"])

OCTETS = "application/octet-stream"
_SHA256 = "^[0-9a-f]{64}$"


def _readable(text: str) -> str:
    visible = strip_control(text).strip()
    if not visible:
        raise ValueError("a reason is needed")
    return visible


class RemovalBody(BaseModel):
    """Why a paper is taken back."""

    model_config = ConfigDict(extra="forbid")
    reason: Annotated[str, Field(max_length=500), AfterValidator(_readable)]


class UploadQuery(BaseModel):
    """Which paper the body is."""

    model_config = ConfigDict(extra="forbid")
    kind: PaperKind = Field(description="Which paper of the checklist it is.")
    record_id: str | None = Field(default=None, pattern=PATTERN, description="The one record that it is for.")
    sha256: str | None = Field(default=None, pattern=_SHA256, description="Of the file, to be compared.")


_REMOVAL = TypeAdapter(RemovalBody)
_FILE: dict[str, Any] = {
    "parameters": documented(_REMOVAL, JSON)["parameters"],
    "requestBody": {"required": True, "content": {OCTETS: {"schema": {"type": "string", "format": "binary"}}}},
}


@router.get("/v1/material-checklists", summary="Which papers an application needs, by rule")
async def get_checklists(_caller: Reader, desk: Desk) -> list[ChecklistView]:
    """The rule in force today first; an application keeps the one of the day on which it was filed."""
    today = legal_date(desk.clock.now())
    past = [one for one in paper_book().generations if one.effective_from <= today]
    return [checklist_view(one) for one in reversed(past)]


@router.get("/v1/repair-applications/{application_id}/materials", summary="The papers of an application")
async def get_materials(application_id: str, caller: Reader, desk: Desk) -> MaterialsView:
    """What is asked for and missing, what is there, what is promised in writing."""
    async with desk.database.reading() as connection:
        case = await find_case(connection, identifier(application_id), caller)
        missing = await lacking(connection, case)
        promised = await commitments.commitments_of(connection, application_id)
        present = await store.materials_of(connection, application_id)
        standing = await commitments.standing_kinds(connection, application_id)
    left = not_promised(missing, standing)
    return MaterialsView(
        application_id=application_id,
        rule=case.generation.generation_id,
        document=case.generation.document,
        complete=not left,
        missing=missing_views(missing, left),
        materials=[material_view(row) for row in present],
        commitments=[commitment_view(row) for row in promised],
    )


@router.post(
    "/v1/repair-applications/{application_id}/materials",
    status_code=201,
    response_model=MaterialView,
    summary="Hand a paper in",
    openapi_extra=_FILE,
)
async def post_material(
    application_id: str,
    request: Request,
    caller: Sender,
    desk: Desk,
    papers: Papers,
    _media_type: Annotated[str, accepts(OCTETS)],
    which: Annotated[UploadQuery, Query()],
) -> Response:
    """The body is the file itself: PDF, JPEG, PNG or OFD by its content. Its name is neither asked for nor kept."""
    key = usable_key(request)
    _check_length(request, papers.reception.max_bytes)
    paper = Paper(identifier(application_id), which.kind, which.record_id)
    async with unit_of_work(desk.database, desk.clock) as work:
        if not await is_answered(work.connection, caller, key):
            await check_welcome(work, paper, caller, papers.max_files)
    received = await papers.reception.receive(request.stream(), which.sha256)
    call = changing_call_with(request, caller, key, bytes.fromhex(received.sha256))

    async def produce(work: UnitOfWork) -> Reply:
        material_id = await hand_in(work, paper, received, caller, papers.max_files)
        row = await store.find_material(work.connection, material_id)
        return reply(201, material_view(row)) if row is not None else Reply(500)

    async with unit_of_work(desk.database, desk.clock) as work:
        return await once(work, call, lambda: produce(work))


@router.post(
    "/v1/repair-materials/{material_id}/removal",
    response_model=MaterialView,
    summary="Take a paper back",
    openapi_extra=documented(_REMOVAL, JSON),
)
async def post_removal(
    material_id: str, request: Request, caller: Sender, desk: Desk, _media_type: Annotated[str, accepts(JSON)]
) -> Response:
    """Only before the decision. The file itself goes with the next tidying."""
    body = await parsed(request, _REMOVAL)
    call = await changing_call(request, caller)

    async def produce(work: UnitOfWork) -> Reply:
        return reply(200, material_view(await take_back(work, identifier(material_id), caller, body.reason)))

    async with unit_of_work(desk.database, desk.clock) as work:
        return await once(work, call, lambda: produce(work))


def _check_length(request: Request, most: int) -> None:
    """What is announced as too long need not be sent."""
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > most:
        raise Problem(TOO_LARGE, "The file is larger than a paper may be.", limit=most)
