"""Which part of an approved mending a worker carries out now: taken, kept, noted, put off, ended (guarantee G08).

A claim stands in `lease_until`, the moment from which another worker may take over, and is fenced by it: who was paused
for longer, or whose approval has expired, changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, or_, select, update

from services.sync.reconciliation.tables import mending_approval as approval
from services.sync.tables import drift
from shared.database.types import AnyRow
from shared.evidence.actions import Action
from shared.evidence.entry import Act, system
from shared.messaging.unit_of_work import UnitOfWork
from shared.vocabulary import Portal

AT_ONCE = 100
LEASE = timedelta(seconds=60)
"""How long a worker keeps a part of an approval unless it renews it: so long a killed one keeps it waiting."""


@dataclass
class MendingClaim:
    """Some differences that still wait under one approval, one worker's until `until`."""

    order: AnyRow
    drifts: Sequence[AnyRow]
    until: datetime

    @property
    def portal(self) -> Portal:
        return Portal(self.order.portal)


@dataclass(frozen=True)
class Outcome:
    """What became of the differences of a claim. `again_at`: what could not be looked at is tried again then."""

    ordered: int
    vanished: int
    unknown: int
    again_at: datetime | None = None


async def take(work: UnitOfWork) -> MendingClaim | None:
    """The next part of the oldest approval that nobody works on and that does not wait for its portal."""
    columns = approval.c
    free = (
        select(columns.approval_id)
        .where(columns.state == "approved", or_(columns.lease_until.is_(None), columns.lease_until <= work.now))
        .order_by(columns.approval_id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    until = work.now + LEASE
    statement = update(approval).where(columns.approval_id == free.scalar_subquery()).values(lease_until=until)
    order = (await work.connection.execute(statement.returning(approval))).one_or_none()
    return MendingClaim(order, await _next(work, order), until) if order else None


async def keep(work: UnitOfWork, claim: MendingClaim) -> datetime | None:
    """Hold a part for longer; until when, or None when it is another worker's by now, or the approval has ended."""
    until = work.now + LEASE
    mine = approval.c.state == "approved", approval.c.lease_until == claim.until, approval.c.expires_at > work.now
    statement = update(approval).where(_of(claim), *mine).values(lease_until=until)
    return until if (await work.connection.execute(statement)).rowcount else None


async def put_off(work: UnitOfWork, claim: MendingClaim, until: datetime) -> None:
    """Leave a part that was just taken as it is until its portal may be read."""
    await work.connection.execute(update(approval).where(_of(claim)).values(lease_until=until))


async def note(work: UnitOfWork, claim: MendingClaim, outcome: Outcome) -> None:
    """Count what came of a part that is kept. When some of it is tried again, the next part begins where it began."""
    columns = approval.c
    statement = (
        update(approval)
        .where(_of(claim))
        .values(
            position=columns.position if outcome.again_at else claim.drifts[-1].drift_id,
            lease_until=outcome.again_at,
            ordered=columns.ordered + outcome.ordered,
            vanished=columns.vanished + outcome.vanished,
            unknown=columns.unknown + outcome.unknown,
        )
    )
    await work.connection.execute(statement)


async def finish(work: UnitOfWork, claim: MendingClaim) -> None:
    """End an approval of which nothing is left to look at."""
    order = claim.order
    ended = {"state": "done", "finished_at": work.now, "lease_until": None}
    await work.connection.execute(update(approval).where(_of(claim)).values(**ended))
    told = {"state": "done", "ordered": order.ordered, "vanished": order.vanished, "unknown": order.unknown}
    work.audit(Act(Action.MENDING_FINISHED, system("sync.mend_approved"), order.run_id, payload=told))


def _of(claim: MendingClaim) -> ColumnElement[bool]:
    approval_id: str = claim.order.approval_id
    return approval.c.approval_id == approval_id


async def _next(work: UnitOfWork, order: AnyRow) -> Sequence[AnyRow]:
    columns = drift.c
    statement = (
        select(columns.drift_id, columns.record_id, columns.kind)
        .where(
            columns.run_id == order.run_id,
            columns.held,
            columns.mended_at.is_(None),
            columns.drift_id > order.position,
        )
        .order_by(columns.drift_id)
        .limit(AT_ONCE)
    )
    return (await work.connection.execute(statement)).all()
