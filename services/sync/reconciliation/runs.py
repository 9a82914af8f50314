"""The ledger of reconciliation runs: asked for, taken by one worker at a time, resumed after its death, ended."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import and_, bindparam, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.sync import wake
from services.sync.portals.base import Checkpoint
from services.sync.reconciliation.domain.scope import Scope
from services.sync.reconciliation.explanations import said
from services.sync.tables import drift, reconciliation, scan_entry
from shared.database.types import AnyRow
from shared.evidence.actions import Action
from shared.evidence.entry import Act, system
from shared.ids import new_id
from shared.messaging.unit_of_work import UnitOfWork
from shared.vocabulary import Portal

_DAILY = system("sync.daily_reconciliation")

SETTLE = timedelta(seconds=5)
LEASE = timedelta(minutes=5)
"""A worker renews it with every thousand entries and every few looks; one that does not has died."""

ABANDONED_AFTER = timedelta(hours=6)
"""A run that no worker brought to its end; the next one starts anew. A scan of a million entries takes minutes."""


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


async def request(
    work: UnitOfWork, portals: Iterable[Portal], actor: str = _DAILY, wish: Wish | None = None
) -> list[str]:
    """Ask for a run of each portal; a worker takes it within some seconds."""
    wish = wish or Wish()
    rows = [
        {
            "run_id": new_id(),
            "portal": portal,
            "district": wish.scope.district,
            "kind": wish.scope.kind,
            "mode": wish.mode,
            "method": wish.method,
            "state": "requested",
            "requested_at": work.now,
            "requested_by": actor,
            "listed": 0,
            "drifts": 0,
        }
        for portal in portals
    ]
    await work.connection.execute(reconciliation.insert(), rows)
    work.wake(*(wake.runs(str(row["portal"])) for row in rows), everywhere=True)
    for row in rows:
        told = {"portal": str(row["portal"]), "mode": str(wish.mode), "method": str(wish.method)}
        told |= {"district": wish.scope.district, "kind": wish.scope.kind}
        work.audit(Act(Action.RECONCILIATION_REQUESTED, actor, str(row["run_id"]), payload=told))
    return [str(row["run_id"]) for row in rows]


async def take(work: UnitOfWork, portal: Portal) -> Run | None:
    """The oldest run of a portal that nobody works on, now this worker's: a fresh one, or one whose worker died."""
    named = {"on_portal": portal, "now": work.now, "settled": work.now - SETTLE, "until": work.now + LEASE}
    row = (await work.connection.execute(_TAKE, named)).one_or_none()
    if row and row.attempt > 1:
        # What the dead worker had noted of differences is noted again.
        await work.connection.execute(delete(drift).where(drift.c.run_id == row.run_id))
    return _run(row) if row else None


def _run(row: AnyRow) -> Run:
    checkpoint = Checkpoint(**json.loads(row.checkpoint)) if row.checkpoint else None
    wish = Wish(Scope(row.district, row.kind), Mode(row.mode), Method(row.method))
    return Run(row.run_id, Portal(row.portal), wish, row.attempt, row.settled_before, checkpoint, row.listed)


async def go_on(work: UnitOfWork, run: Run, *, listed: int | None = None, checkpoint: str | None = None) -> bool:
    """Keep the run for this worker, with how far the listing is stored; False when it is not its run any more."""
    values: dict[str, object] = {"lease_until": work.now + LEASE}
    if listed is not None:
        values |= {"listed": listed, "checkpoint": checkpoint}
    return (await work.connection.execute(_CHANGE, _this(run) | values)).one_or_none() is not None


async def start_anew(work: UnitOfWork, run: Run) -> datetime | None:
    """Forget what an earlier worker read. The instant from which on nothing is judged, or None if it lost the run."""
    settled_before = work.now - SETTLE
    values = {"settled_before": settled_before, "checkpoint": None, "listed": 0, "lease_until": work.now + LEASE}
    if (await work.connection.execute(_CHANGE, _this(run) | values)).one_or_none() is None:
        return None
    await forget_scan(work, run.run_id)
    return settled_before


async def give_up_abandoned(work: UnitOfWork, portal: Portal) -> None:
    """Runs that nobody brought to an end are incomplete: nothing may be concluded from them; their scan goes."""
    named = {"on_portal": portal, "long_ago": work.now - ABANDONED_AFTER, "now": work.now, "why": said("abandoned")}
    await _forget_scans(work, (await work.connection.execute(_ABANDONED, named)).scalars().all())


async def give_up(work: UnitOfWork, run_id: str, actor: str, reason: str) -> bool:
    """A person ends a run; its worker notices with its next write. False when it has ended already."""
    statement = (
        update(reconciliation)
        .where(reconciliation.c.run_id == run_id, reconciliation.c.state.in_(("requested", "scanning")))
        .values(state="given_up", finished_at=work.now, explanation=said("given_up", actor=actor, reason=reason)[:500])
        .returning(reconciliation.c.run_id)
    )
    ended = (await work.connection.execute(statement)).scalars().all()
    await _forget_scans(work, ended)
    if ended:
        await work.connection.execute(delete(drift).where(drift.c.run_id == run_id))
        work.audit(Act(Action.RECONCILIATION_GIVEN_UP, actor, run_id, reason=reason))
    return bool(ended)


async def finish(
    work: UnitOfWork, run: Run, *, state: str, listed: int, drifts: int, held: int = 0, explanation: str | None
) -> bool:
    """End a run that still is this worker's; False when it was given up or taken over and may conclude nothing."""
    told = {"state": state, "listed": listed, "drifts": drifts, "held": held}
    ended = {"finished_at": work.now, "explanation": explanation, "lease_until": None, "checkpoint": None}
    if (await work.connection.execute(_CHANGE, _this(run) | told | ended)).one_or_none() is None:
        return False
    work.audit(Act(Action.RECONCILIATION_ENDED, system("sync.reconcile"), run.run_id, payload=told))
    return True


async def forget_scan(work: UnitOfWork, run_id: str) -> None:
    await work.connection.execute(_FORGET, {"of_run": run_id})


async def one(connection: AsyncConnection, run_id: str) -> AnyRow | None:
    statement = select(reconciliation).where(reconciliation.c.run_id == run_id)
    return (await connection.execute(statement)).one_or_none()


async def _forget_scans(work: UnitOfWork, run_ids: Sequence[str]) -> None:
    if run_ids:
        await work.connection.execute(delete(scan_entry).where(scan_entry.c.run_id.in_(run_ids)))


def _this(run: Run) -> dict[str, object]:
    """Names the run in `_CHANGE`, as long as it is this worker's."""
    return {"of_run": run.run_id, "of_attempt": run.attempt}


# Made once: building them takes longer than carrying them out.
_R = reconciliation.c
_OLDEST = (
    select(_R.run_id)
    .where(
        _R.portal == bindparam("on_portal"),
        _R.state.in_(("requested", "scanning")),
        or_(_R.state == "requested", and_(_R.state == "scanning", _R.lease_until < bindparam("now"))),
    )
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
    )
    .returning(reconciliation)
)
_CHANGE = (
    update(reconciliation)
    .where(_R.run_id == bindparam("of_run"), _R.state == "scanning", _R.attempt == bindparam("of_attempt"))
    .returning(_R.run_id)
)
_ABANDONED = (
    update(reconciliation)
    .where(
        _R.portal == bindparam("on_portal"),
        _R.state == "scanning",
        _R.started_at < bindparam("long_ago"),
    )
    .values(state="incomplete", finished_at=bindparam("now"), explanation=bindparam("why"))
    .returning(_R.run_id)
)
_FORGET = delete(scan_entry).where(scan_entry.c.run_id == bindparam("of_run"))
