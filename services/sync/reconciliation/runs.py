"""The ledger of reconciliation runs: taken by one worker at a time, resumed after its death, ended."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import and_, bindparam, delete, func, or_, select, update

from services.sync.portals.base import Checkpoint
from services.sync.reconciliation.domain.scope import Scope
from services.sync.reconciliation.domain.unsettled import Unsettled
from services.sync.reconciliation.explanations import said
from services.sync.tables import drift, reconciliation, scan_entry
from shared.database.connection import AsyncConnection
from shared.database.types import AnyRow
from shared.evidence.actions import Action
from shared.evidence.entry import Act, system
from shared.messaging.unit_of_work import UnitOfWork
from shared.vocabulary import Portal

SETTLE = timedelta(seconds=5)
LEASE = timedelta(seconds=60)
"""A worker renews it three times as often, and with every part of the listing; one that does not has died."""

ABANDONED_AFTER = timedelta(hours=6)
"""A run that no worker brought to its end; the next one starts anew. A scan of a million entries takes minutes."""


GOING_ON = ("requested", "waiting", "scanning")


class Mode(StrEnum):
    """Whether a run orders what it may, or only says what it would."""

    MEND = "mend"
    PLAN = "plan"


class Method(StrEnum):
    """Whether a run reads everything, or asks the other side for its digests first."""

    LISTING = "listing"
    DIGESTS = "digests"


@dataclass(frozen=True)
class Wish:
    """What somebody asks for beside the portal."""

    scope: Scope = field(default_factory=Scope)
    mode: Mode = Mode.MEND
    method: Method = Method.LISTING


@dataclass(frozen=True)
class Run:
    """A run as its worker holds it. Whatever it writes is fenced by the attempt."""

    run_id: str
    portal: Portal
    wish: Wish
    attempt: int
    settled_before: datetime
    checkpoint: Checkpoint | None
    listed: int
    patience_ends_at: datetime


@dataclass(frozen=True)
class End:
    """What came of a run."""

    state: str
    listed: int = 0
    drifts: int = 0
    held: int = 0
    unsettled: Unsettled = field(default_factory=Unsettled)
    explanation: str | None = None


async def is_anything_due(connection: AsyncConnection, portal: Portal, now: datetime) -> bool:
    """Whether a worker has anything to do at a portal: mostly nobody asked for anything, and nothing is written."""
    asked = {"on_portal": portal, "now": now, "long_ago": now - ABANDONED_AFTER}
    return await connection.scalar(_DUE, asked) is not None


async def take(work: UnitOfWork, portal: Portal) -> Run | None:
    """The oldest run of a portal that nobody works on, now this worker's: a fresh one, or one whose worker died."""
    asked = {"on_portal": portal, "now": work.now, "settled": work.now - SETTLE, "until": work.now + LEASE}
    row = (await work.connection.execute(_TAKE, asked)).one_or_none()
    if row and row.attempt > 1:
        # What the dead worker had noted of differences is noted again.
        await _forget_findings(work, [row.run_id])
    return _run(row) if row else None


async def let_go_of_the_dead(work: UnitOfWork, portal: Portal) -> None:
    """Runs whose worker died are nobody's again, with what they have read: while their portal may not be read nobody
    takes them over, and they wait like any other."""
    await work.connection.execute(_LET_GO, {"on_portal": portal, "now": work.now})


def _run(row: AnyRow) -> Run:
    checkpoint = Checkpoint(**json.loads(row.checkpoint)) if row.checkpoint else None
    wish = Wish(Scope(row.district, row.kind), Mode(row.mode), Method(row.method))
    patience = row.patience_ends_at or row.requested_at
    return Run(row.run_id, Portal(row.portal), wish, row.attempt, row.settled_before, checkpoint, row.listed, patience)


async def go_on(work: UnitOfWork, run: Run) -> bool:
    """Keep the run for this worker; False when it is not its run any more."""
    values = {"lease_until": work.now + LEASE}
    return (await work.connection.execute(CHANGE, named(run) | values)).one_or_none() is not None


async def note_stored(work: UnitOfWork, run: Run, *, before: int, listed: int, checkpoint: str | None) -> bool:
    """The same with how far the listing is stored. False also when something of it is not stored any more: a crash of
    the server takes parts with it, and what was noted with them."""
    values = {"lease_until": work.now + LEASE, "listed": listed, "checkpoint": checkpoint}
    noted = await work.connection.execute(_NOTE, named(run) | values | {"listed_before": before})
    return noted.one_or_none() is not None


async def start_anew(work: UnitOfWork, run: Run) -> datetime | None:
    """Forget what an earlier worker read. The instant from which on nothing is judged, or None if it lost the run."""
    settled_before = work.now - SETTLE
    values = {"settled_before": settled_before, "checkpoint": None, "listed": 0, "lease_until": work.now + LEASE}
    if (await work.connection.execute(CHANGE, named(run) | values)).one_or_none() is None:
        return None
    await forget_scan(work, run.run_id)
    return settled_before


async def give_up_abandoned(work: UnitOfWork, portal: Portal) -> None:
    """Runs that nobody brought to an end are incomplete: nothing may be concluded from them; what they have read and
    noted goes."""
    asked = {"on_portal": portal, "long_ago": work.now - ABANDONED_AFTER, "now": work.now, "why": said("abandoned")}
    await forget(work, (await work.connection.execute(_ABANDONED, asked)).scalars().all())


async def give_up(work: UnitOfWork, run_id: str, actor: str, reason: str) -> bool:
    """A person ends a run; its worker notices with its next write. False when it has ended already."""
    statement = (
        update(reconciliation)
        .where(reconciliation.c.run_id == run_id, reconciliation.c.state.in_(GOING_ON))
        .values(state="given_up", finished_at=work.now, explanation=said("given_up", actor=actor, reason=reason)[:500])
        .returning(reconciliation.c.run_id)
    )
    ended = (await work.connection.execute(statement)).scalars().all()
    await forget(work, ended)
    if ended:
        work.audit(Act(Action.RECONCILIATION_GIVEN_UP, actor, run_id, reason=reason))
    return bool(ended)


async def finish(work: UnitOfWork, run: Run, end: End) -> bool:
    """End a run that still is this worker's; False when it was given up or taken over and may conclude nothing."""
    told: dict[str, object] = {"state": end.state, "listed": end.listed, "drifts": end.drifts, "held": end.held}
    told["unsettled"] = end.unsettled.total
    ended = {"finished_at": work.now, "lease_until": None, "checkpoint": None, "explanation": end.explanation}
    left_out = {"unanswered": end.unsettled.unanswered}
    if (await work.connection.execute(CHANGE, named(run) | told | ended | left_out)).one_or_none() is None:
        return False
    work.audit(Act(Action.RECONCILIATION_ENDED, system("sync.reconcile"), run.run_id, payload=told))
    return True


async def forget_scan(work: UnitOfWork, run_id: str) -> None:
    await work.connection.execute(_FORGET, {"of_run": run_id})


async def one(connection: AsyncConnection, run_id: str) -> AnyRow | None:
    statement = select(reconciliation).where(reconciliation.c.run_id == run_id)
    return (await connection.execute(statement)).one_or_none()


async def forget(work: UnitOfWork, run_ids: Sequence[str]) -> None:
    """What runs that conclude nothing have read, and what they had noted of differences before their end."""
    if run_ids:
        await work.connection.execute(delete(scan_entry).where(scan_entry.c.run_id.in_(run_ids)))
        await _forget_findings(work, run_ids)


async def _forget_findings(work: UnitOfWork, run_ids: Sequence[str]) -> None:
    await work.connection.execute(delete(drift).where(drift.c.run_id.in_(run_ids)))


def named(run: Run) -> dict[str, object]:
    """Names the run in `CHANGE`, as long as it is this worker's."""
    return {"of_run": run.run_id, "of_attempt": run.attempt}


# Made once: building them takes longer than carrying them out.
_R = reconciliation.c
_OF_PORTAL = _R.portal == bindparam("on_portal")
_LEFT = and_(_R.state == "scanning", _R.lease_until < bindparam("now"))
_UNTAKEN = or_(
    _R.state == "requested",
    and_(_R.state == "waiting", _R.waits_until <= bindparam("now")),
    _LEFT,
)
_LET_GO = update(reconciliation).where(_OF_PORTAL, _LEFT).values(state="requested", started_at=None, lease_until=None)
_TOO_LONG = and_(_R.state == "scanning", _R.started_at < bindparam("long_ago"))
_DUE = select(_R.run_id).where(_OF_PORTAL, _R.state.in_(GOING_ON), or_(_UNTAKEN, _TOO_LONG)).limit(1)
_OLDEST = (
    select(_R.run_id)
    .where(_OF_PORTAL, _R.state.in_(GOING_ON), _UNTAKEN)
    .order_by(_R.requested_at, _R.run_id)
    .limit(1)
    .with_for_update(skip_locked=True)
)
_TAKE = (
    update(reconciliation)
    .where(_R.run_id == _OLDEST.scalar_subquery())
    .values(
        state="scanning",
        started_at=func.coalesce(_R.started_at, bindparam("now", type_=_R.started_at.type)),
        settled_before=func.coalesce(_R.settled_before, bindparam("settled", type_=_R.settled_before.type)),
        lease_until=bindparam("until"),
        attempt=_R.attempt + 1,
        waits_for=None,
        waits_until=None,
        explanation=None,
    )
    .returning(reconciliation)
)
CHANGE = (
    update(reconciliation)
    .where(_R.run_id == bindparam("of_run"), _R.state == "scanning", _R.attempt == bindparam("of_attempt"))
    .returning(_R.run_id)
)
_NOTE = CHANGE.where(_R.listed == bindparam("listed_before"))
_ABANDONED = (
    update(reconciliation)
    .where(_OF_PORTAL, _TOO_LONG)
    .values(state="incomplete", finished_at=bindparam("now"), explanation=bindparam("why"))
    .returning(_R.run_id)
)
_FORGET = delete(scan_entry).where(scan_entry.c.run_id == bindparam("of_run"))
