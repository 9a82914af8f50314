"""`/v1/identity`: compare two claims, see what was proposed, accept or reject it with a reason."""

import json
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from services.ingest.api.desk import Desk
from services.ingest.data_sharing.api.desk import Officer, Reader, texts_after
from services.ingest.identity import store
from services.ingest.identity.decide import decide
from services.ingest.identity.domain.match import Match, MatchKind
from services.ingest.identity.domain.proposal import Aspect, ProposalState
from services.ingest.identity.domain.resolve import Claim, resolve
from services.ingest.identity.domain.subjects import SubjectClaim
from services.ingest.identity.look_up import look_up
from shared.database.types import AnyRow
from shared.messaging.unit_of_work import UnitOfWork
from shared.web.body import JSON, accepts, documented, parsed
from shared.web.idempotency import Reply, changing_call, once, reply
from shared.web.identifier import identifier
from shared.web.pagination import Page, Paged, page_of

router = APIRouter(prefix="/v1/identity", tags=["identity"])


class ClaimBody(BaseModel):
    """A decision as somebody names it. `code`: unified code, registration number or organisation code."""

    model_config = ConfigDict(extra="forbid")
    document_number: str = Field(max_length=256)
    code: str = Field(default="", max_length=40)
    name: str = Field(default="", max_length=200)

    def claim(self) -> Claim:
        return Claim(self.document_number, SubjectClaim(self.code, self.name))


class PairBody(BaseModel):
    """Two claims."""

    model_config = ConfigDict(extra="forbid")
    left: ClaimBody
    right: ClaimBody


class ReasonView(BaseModel):
    """One reason, for programs and for people."""

    code: str
    zh: str
    en: str


class MatchView(BaseModel):
    """`equal`, `proposed` or `none`, and why."""

    kind: MatchKind
    because: list[ReasonView]


class ResolutionView(MatchView):
    """The whole answer, and what number and subject say by themselves."""

    number: MatchView
    subject: MatchView


class ProposalView(BaseModel):
    """`alias` would stand for `canonical`; a number only among the decisions on the subject in `scope`."""

    proposal_id: str
    aspect: Aspect
    scope: str
    alias_text: str
    canonical_text: str
    because: list[ReasonView]
    origin: str
    state: ProposalState
    proposed_at: datetime
    decided_by: str | None
    reason: str | None
    decided_at: datetime | None


class DecisionBody(BaseModel):
    """What a person decided, and why."""

    model_config = ConfigDict(extra="forbid")
    accept: bool
    reason: str = Field(min_length=1, max_length=1000)


class AliasView(BaseModel):
    """An accepted alias, used by every comparison since."""

    aspect: Aspect
    scope: str
    alias: str
    canonical: str
    proposal_id: str
    accepted_by: str
    reason: str
    accepted_at: datetime


_PAIR, _DECISION = TypeAdapter(PairBody), TypeAdapter(DecisionBody)
_BODY = documented(_PAIR, JSON)


@router.post(
    "/comparisons",
    summary="Compare two claims, with reasons",
    openapi_extra={"requestBody": _BODY["requestBody"]},
)
async def post_comparison(
    request: Request, _caller: Reader, desk: Desk, _media_type: Annotated[str, accepts(JSON)]
) -> ResolutionView:
    """Changes nothing. A POST because names and numbers may be personal and belong into no address."""
    body = await parsed(request, _PAIR)
    left, right = body.left.claim(), body.right.claim()
    async with desk.database.reading() as connection:
        known = await look_up(connection, [left, right])
    found = resolve(left, right, known)
    whole = _match(found.match)
    return ResolutionView(**whole.model_dump(), number=_match(found.number), subject=_match(found.subject))


@router.get("/proposals", summary="Proposed pairs, oldest first")
async def get_proposals(
    _caller: Reader, desk: Desk, page: Paged, state: ProposalState | None = None
) -> Page[ProposalView]:
    after = texts_after(page, 1)
    async with desk.database.reading() as connection:
        rows = await store.list_proposals(connection, state, after[0] if after else None, page.fetch)
    return page_of(rows, page, position=lambda row: [row.proposal_id], shown=_proposal)


@router.post(
    "/proposals/{proposal_id}/decision",
    response_model=ProposalView,
    summary="Accept or reject a proposed pair",
    openapi_extra=documented(_DECISION, JSON),
)
async def post_decision(
    proposal_id: str, request: Request, caller: Officer, desk: Desk, _media_type: Annotated[str, accepts(JSON)]
) -> Response:
    """Nothing is merged without it; an accepted alias holds from then on."""
    body = await parsed(request, _DECISION)
    call = await changing_call(request, caller)

    async def decided(work: UnitOfWork) -> Response:
        async def produce() -> Reply:
            await decide(work, identifier(proposal_id), accept=body.accept, by=caller.client_id, reason=body.reason)
            row = await store.read_proposal(work.connection, proposal_id)
            assert row is not None  # noqa: S101 - decided in this transaction
            return reply(200, _proposal(row))

        return await once(work, call, produce)

    return await desk.in_one_transaction(decided)


@router.get("/aliases", summary="Accepted aliases")
async def get_aliases(_caller: Reader, desk: Desk, page: Paged) -> Page[AliasView]:
    after = texts_after(page, 3)
    async with desk.database.reading() as connection:
        rows = await store.list_aliases(connection, (after[0], after[1], after[2]) if after else None, page.fetch)
    return page_of(
        rows,
        page,
        position=lambda row: [row.aspect, row.scope, row.alias],
        shown=lambda row: AliasView(**row._mapping),
    )


def _match(match: Match) -> MatchView:
    reasons = [ReasonView(code=one.code, zh=one.zh, en=one.en) for one in match.because]
    return MatchView(kind=match.kind, because=reasons)


def _proposal(row: AnyRow) -> ProposalView:
    return ProposalView(**{**row._mapping, "because": json.loads(row.because)})
