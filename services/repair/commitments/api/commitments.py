"""Written commitments (容缺受理): give one, read its words, see which are due or broken."""

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter

from services.repair.api.desk import Desk
from services.repair.commitments import store
from services.repair.commitments.domain.standing import CommitmentState
from services.repair.commitments.promise import Promise, opened, promise
from services.repair.materials.api.desk import Papers, Sender
from services.repair.materials.api.views import CommitmentView, commitment_view
from services.repair.materials.book import papers as paper_book
from services.repair.materials.case import find_case
from services.repair.materials.domain.papers import PaperKind
from shared.identifiers import strip_control
from shared.messaging.unit_of_work import UnitOfWork, unit_of_work
from shared.web.auth import requires
from shared.web.body import JSON, accepts, documented, parsed
from shared.web.caller import Caller
from shared.web.idempotency import Reply, changing_call, once, reply
from shared.web.identifier import identifier
from shared.web.scopes import Scope

router = APIRouter(tags=["commitments"])

_MOST = 1000
Clerk = Annotated[Caller, requires(Scope.REPAIR_HANDLE)]


def _readable(text: str) -> str:
    visible = strip_control(text).strip()
    if not visible:
        raise ValueError("a text is needed")
    return visible


class CommitmentBody(BaseModel):
    """What is promised in writing."""

    model_config = ConfigDict(extra="forbid")
    kinds: list[PaperKind] = Field(min_length=1, max_length=len(PaperKind))
    statement: Annotated[str, Field(max_length=2000), AfterValidator(_readable)]
    signed_by: Annotated[str, Field(max_length=100), AfterValidator(_readable)]
    signed_on: date


class CommitmentTaken(BaseModel):
    """By when the papers have to follow, and what follows if they do not."""

    application_id: str
    kinds: list[PaperKind]
    due_at: datetime
    due_provisional: bool
    consequence: str


class CommitmentCase(CommitmentView):
    """A commitment in the list, with where its application stands and what follows a breach."""

    application_state: str
    consequence: str


class CommitmentWords(BaseModel):
    """The words of a commitment and who signed it."""

    statement: str
    signed_by: str


_BODY = TypeAdapter(CommitmentBody)


@router.post(
    "/v1/repair-applications/{application_id}/commitments",
    status_code=201,
    response_model=CommitmentTaken,
    summary="Commit to papers that will follow",
    openapi_extra=documented(_BODY, JSON),
)
async def post_commitment(
    application_id: str,
    request: Request,
    caller: Sender,
    desk: Desk,
    papers: Papers,
    _media_type: Annotated[str, accepts(JSON)],
) -> Response:
    """Only for papers that are missing and curable, once each. The words are kept sealed."""
    body = await parsed(request, _BODY)
    call = await changing_call(request, caller)
    kinds = sorted(set(body.kinds))

    async def produce(work: UnitOfWork) -> Reply:
        calendar = await desk.calendars.current(work.connection)
        given = Promise(kinds, body.statement, body.signed_by, body.signed_on)
        until = await promise(work, identifier(application_id), given, caller, calendar, papers.sealer)
        case = await find_case(work.connection, application_id)
        taken = CommitmentTaken(
            application_id=application_id,
            kinds=kinds,
            due_at=until.at,
            due_provisional=until.provisional,
            consequence=case.generation.commitment.consequence,
        )
        return reply(201, taken)

    async with unit_of_work(desk.database, desk.clock) as work:
        return await once(work, call, lambda: produce(work))


@router.get("/v1/repair-applications/{application_id}/commitments/words", summary="The words of the commitments")
async def get_words(application_id: str, caller: Clerk, desk: Desk, papers: Papers) -> list[CommitmentWords]:
    """For whoever handles the case in the name of its authority: they may name a person."""
    async with desk.database.reading() as connection:
        authority = await store.authority_of(connection, identifier(application_id))
        caller.must_write_for(authority)
        rows = await store.commitments_of(connection, application_id)
    texts = {row.sealed: opened(row.sealed, application_id, papers.sealer) for row in rows}
    return [CommitmentWords(**text) for text in texts.values()]


@router.get("/v1/repair-commitments", summary="Commitments that run or were broken")
async def get_commitments(
    _caller: Clerk,
    desk: Desk,
    state: Annotated[CommitmentState, Query(description="open: the earliest first.")] = CommitmentState.BREACHED,
    limit: Annotated[int, Query(ge=1, le=_MOST)] = 100,
) -> list[CommitmentCase]:
    """违反承诺: what a person has to decide on, with the consequence that the rule names."""
    async with desk.database.reading() as connection:
        rows = await store.listed(connection, [state], limit)
    consequences = {one.generation_id: one.commitment.consequence for one in paper_book().generations}
    return [
        CommitmentCase(
            **commitment_view(row).model_dump(),
            application_state=row.application_state,
            consequence=consequences.get(row.generation, ""),
        )
        for row in rows
    ]
