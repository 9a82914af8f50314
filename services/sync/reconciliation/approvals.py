"""Mending above the limit (审批): one person proposes it, another one approves, both with a reason (guarantee G08).

A proposal and an approval both expire: what was right to decide on Monday may be wrong on Friday.
"""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from services.sync.reconciliation import runs
from services.sync.reconciliation.tables import mending_approval as approval
from services.sync.tables import drift
from shared.database.connection import AsyncConnection
from shared.database.types import AnyRow
from shared.errors import CONFLICT, NOT_FOUND, SECOND_PERSON_NEEDED, Problem
from shared.evidence.actions import Action
from shared.evidence.entry import Act, system
from shared.ids import new_id
from shared.messaging.unit_of_work import UnitOfWork
from shared.vocabulary import Portal

PROPOSAL_LASTS = timedelta(days=3)
APPROVAL_LASTS = timedelta(hours=24)


async def propose(work: UnitOfWork, run_id: str, actor: str, reason: str) -> AnyRow:
    """Ask for the mending of what a run left to people. One open proposal a run.

    What a second person rejected stays fenced: neither limited runs nor another proposal of the same run may order it,
    only a proposal of a later run that found it again.
    """
    run = await runs.one(work.connection, run_id)
    if run is None:
        raise Problem(NOT_FOUND, f"There is no reconciliation {run_id[:64]}.")
    waiting = await held_of(work.connection, run_id)
    if not run.finished_at or not waiting:
        raise Problem(CONFLICT, f"The run is {run.state} and leaves no difference to people.", state=run.state)
    await _refuse_rejected(work, run_id)
    await expire(work)
    row = {
        "approval_id": new_id(),
        "run_id": run_id,
        "portal": run.portal,
        "state": "proposed",
        "drifts": waiting,
        "proposed_by": actor,
        "proposed_at": work.now,
        "reason": reason,
        "expires_at": work.now + PROPOSAL_LASTS,
    }
    try:
        await work.connection.execute(approval.insert(), row)
    except IntegrityError:
        raise Problem(CONFLICT, "The mending of this run is proposed or approved already.") from None
    work.audit(Act(Action.MENDING_PROPOSED, actor, run_id, reason=reason, payload={"drifts": waiting}))
    return await _newest(work.connection, run_id)


async def _refuse_rejected(work: UnitOfWork, run_id: str) -> None:
    columns = approval.c
    statement = select(columns.decided_by).where(
        columns.run_id == run_id, columns.state == "rejected", columns.decided_by != columns.proposed_by
    )
    rejected_by = (await work.connection.execute(statement.limit(1))).scalar_one_or_none()
    if rejected_by:
        raise Problem(
            CONFLICT, "A second person rejected the mending of this run: reconcile anew.", rejected_by=rejected_by
        )


async def decide(work: UnitOfWork, run_id: str, actor: str, reason: str, *, approve: bool) -> AnyRow:
    """Approve or reject a proposal; whoever proposed it may withdraw it, and never approve it."""
    await expire(work)
    statement = select(approval).where(approval.c.run_id == run_id, approval.c.state == "proposed").with_for_update()
    row = (await work.connection.execute(statement)).one_or_none()
    if row is None:
        raise Problem(CONFLICT, "No mending of this run is proposed, or the proposal has expired.")
    if approve and row.proposed_by == actor:
        raise Problem(
            SECOND_PERSON_NEEDED, "Whoever proposed the mending cannot approve it too.", proposed_by=row.proposed_by
        )
    await work.connection.execute(
        update(approval)
        .where(approval.c.approval_id == row.approval_id)
        .values(
            state="approved" if approve else "rejected",
            decided_by=actor,
            decided_at=work.now,
            decision_reason=reason,
            expires_at=work.now + APPROVAL_LASTS if approve else row.expires_at,
            finished_at=None if approve else work.now,
        )
    )
    told = {"decision": "approved" if approve else "rejected", "proposed_by": row.proposed_by, "drifts": row.drifts}
    work.audit(Act(Action.MENDING_DECIDED, actor, run_id, reason=reason, payload=told))
    return await _newest(work.connection, run_id)


async def expire(work: UnitOfWork) -> None:
    """End what nobody decided, or could not be carried out, in time."""
    ended = (
        update(approval)
        .where(approval.c.state.in_(("proposed", "approved")), approval.c.expires_at <= work.now)
        .values(state="expired", finished_at=work.now)
        .returning(approval.c.run_id, approval.c.ordered)
    )
    for row in await work.connection.execute(ended):
        told = {"state": "expired", "ordered": row.ordered}
        work.audit(Act(Action.MENDING_FINISHED, system("sync.mend_approved"), row.run_id, payload=told))


async def of_run(connection: AsyncConnection, run_id: str) -> Sequence[AnyRow]:
    """Everything that was ever proposed for a run, the newest first."""
    statement = select(approval).where(approval.c.run_id == run_id).order_by(approval.c.approval_id.desc()).limit(100)
    return (await connection.execute(statement)).all()


async def held_of(connection: AsyncConnection, run_id: str) -> int:
    """How many differences of a run still wait for people."""
    statement = select(func.count()).where(drift.c.run_id == run_id, drift.c.held, drift.c.mended_at.is_(None))
    return int(await connection.scalar(statement) or 0)


async def held_by_portal(connection: AsyncConnection) -> dict[str, int]:
    """How many differences wait for people, by portal; 0 too."""
    statement = (
        select(drift.c.portal, func.count().label("waiting"))
        .where(drift.c.held, drift.c.mended_at.is_(None))
        .group_by(drift.c.portal)
    )
    counts = {row.portal: row.waiting for row in await connection.execute(statement)}
    return {str(portal): counts.get(portal, 0) for portal in Portal}


async def _newest(connection: AsyncConnection, run_id: str) -> AnyRow:
    return (await of_run(connection, run_id))[0]
