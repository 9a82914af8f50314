"""A person accepts or rejects a proposed pair (疑似同一), with a reason. Only then does an alias hold."""

from services.ingest.identity import store
from services.ingest.identity.domain.proposal import ProposalState
from shared.database.types import AnyRow
from shared.errors import CONFLICT, NOT_FOUND, Problem
from shared.evidence.actions import Action
from shared.evidence.entry import Act
from shared.messaging.unit_of_work import UnitOfWork
from shared.reasons import stated


async def decide(work: UnitOfWork, proposal_id: str, *, accept: bool, by: str, reason: str) -> None:
    """Raises `Problem` when it is unknown or decided already, when the reason is empty, and when the alias stands for
    something else already."""
    words = stated(reason)
    row = await store.lock_proposal(work, proposal_id)
    if row is None:
        raise Problem(NOT_FOUND, "There is no such proposal.")
    if row.state != ProposalState.OPEN:
        raise Problem(CONFLICT, f"The proposal is {row.state} already.", state=row.state)
    if accept:
        await _accept(work, row, by, words)
    await store.settle_proposal(
        work, proposal_id, ProposalState.ACCEPTED if accept else ProposalState.REJECTED, by, words
    )
    work.audit(Act(Action.IDENTITY_DECIDED, by, proposal_id, reason=words, payload={"accepted": accept}))


async def _accept(work: UnitOfWork, row: AnyRow, by: str, reason: str) -> None:
    present = await store.find_alias(work, row.aspect, row.scope, row.alias)
    if present is not None:
        raise Problem(CONFLICT, "This alias stands for something else already.", canonical=present.canonical)
    further = await store.find_alias(work, row.aspect, row.scope, row.canonical)
    canonical = further.canonical if further else row.canonical
    if canonical == row.alias:
        raise Problem(CONFLICT, "The other of the two stands for this one already.", canonical=canonical)
    await store.lead_on(work, row.aspect, row.scope, row.alias, canonical)
    await store.insert_alias(
        work,
        {
            "aspect": row.aspect,
            "scope": row.scope,
            "alias": row.alias,
            "canonical": canonical,
            "proposal_id": row.proposal_id,
            "accepted_by": by,
            "reason": reason,
        },
    )
