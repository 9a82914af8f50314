"""Runs that wait until their portal may be read (等候): held before they begin, or put off in the middle of a listing.

They begin by themselves. Who has waited for as long as a run does ends as incomplete with the reason, and nothing is
concluded from it (guarantee G07).
"""

from collections.abc import Sequence

import structlog
from sqlalchemy import and_, bindparam, exists, func, or_, select, update
from sqlalchemy.exc import IntegrityError

from services.sync.domain.channel import QuietHours
from services.sync.reconciliation import runs
from services.sync.reconciliation.ask import waiting_for
from services.sync.reconciliation.domain.obstacle import Held
from services.sync.reconciliation.explanations import said
from services.sync.reconciliation.obstacles import obstacles
from services.sync.reconciliation.runs import Run
from services.sync.tables import reconciliation
from shared.clock import Clock
from shared.database.connection import AsyncConnection
from shared.database.engine import Database
from shared.database.types import AnyRow
from shared.evidence.actions import Action
from shared.evidence.entry import Act, system
from shared.messaging.unit_of_work import UnitOfWork, unit_of_work
from shared.vocabulary import Portal

log = structlog.get_logger()


async def take(database: Database, clock: Clock, portal: Portal, quiet: QuietHours | None) -> Run | None:
    """The run that is due at a portal, now this worker's; while nobody may read it, all of its runs wait."""
    async with database.reading() as connection:
        if not await runs.is_anything_due(connection, portal, clock.now()):
            return None
    async with unit_of_work(database, clock) as work:
        await runs.give_up_abandoned(work, portal)
        held = (await obstacles(work.connection, {portal: quiet}, work.now)).get(portal)
        if held is None:
            return await runs.take(work, portal)
        await runs.let_go_of_the_dead(work, portal)
        await _give_up_impatient(work, portal, held)
    try:
        async with unit_of_work(database, clock) as work:
            await _hold(work, portal, held)
    except IntegrityError:  # somebody asked for the same at this very moment, and that run waits
        log.info("run_waits_already", portal=portal)
    return None


async def put_off(database: Database, clock: Clock, run: Run, held: Held) -> bool:
    """Let a run that was begun wait, with what it has read; False when it may not, or is another worker's by now."""
    if held.until > run.patience_ends_at:
        return False
    values = waiting_for(held) | {"lease_until": None, "started_at": None}
    try:
        async with unit_of_work(database, clock) as work:
            put = await work.connection.scalar(_PUT_OFF, runs.named(run) | values)
    except IntegrityError:
        return False
    if put is not None:
        log.info("run_put_off", portal=run.portal, run_id=run.run_id, reason=held.by)
    return put is not None


async def waiting(connection: AsyncConnection) -> Sequence[AnyRow]:
    """How many runs wait at each portal, by what they wait for."""
    statement = (
        select(reconciliation.c.portal, reconciliation.c.waits_for, func.count().label("runs"))
        .where(reconciliation.c.state == "waiting")
        .group_by(reconciliation.c.portal, reconciliation.c.waits_for)
    )
    return (await connection.execute(statement)).all()


async def _hold(work: UnitOfWork, portal: Portal, held: Held) -> None:
    named = {"on_portal": portal, "now": work.now}
    for run_id in (await work.connection.execute(_HELD, named | waiting_for(held))).scalars().all():
        log.info("run_waits", portal=portal, run_id=run_id, reason=held.by)


async def _give_up_impatient(work: UnitOfWork, portal: Portal, held: Held) -> None:
    """End what would wait beyond its patience."""
    ended = {"finished_at": work.now, "explanation": said(f"outwaited_{held.by}"), "checkpoint": None}
    named = {"on_portal": portal, "now": work.now, "until": held.until}
    rows = (await work.connection.execute(_IMPATIENT, named | ended)).all()
    await runs.forget(work, [row.run_id for row in rows])
    for row in rows:
        told = {"state": "incomplete", "listed": row.listed, "drifts": 0, "held": 0, "unsettled": 0}
        work.audit(Act(Action.RECONCILIATION_ENDED, system("sync.reconcile"), row.run_id, payload=told))


# Made once: building them takes longer than carrying them out.
_R = reconciliation.c
_OTHER = reconciliation.alias("other")
_SAME = and_(*(_OTHER.c[name] == _R[name] for name in ("portal", "district", "kind", "mode", "method")))
_EARLIER = or_(_OTHER.c.state == "waiting", and_(_OTHER.c.state == "requested", _OTHER.c.run_id < _R.run_id))
_TO_HOLD = or_(
    and_(_R.state == "waiting", _R.waits_until <= bindparam("now")),
    and_(_R.state == "requested", ~exists().where(_SAME, _EARLIER)),
)
_HELD = update(reconciliation).where(_R.portal == bindparam("on_portal"), _TO_HOLD).returning(_R.run_id)
_IMPATIENT = (
    update(reconciliation)
    .where(
        _R.portal == bindparam("on_portal"),
        or_(_R.state == "requested", and_(_R.state == "waiting", _R.waits_until <= bindparam("now"))),
        func.coalesce(_R.patience_ends_at, _R.requested_at) < bindparam("until", type_=_R.requested_at.type),
    )
    .values(state="incomplete")
    .returning(_R.run_id, _R.listed)
)
_PUT_OFF = runs.CHANGE.where(~exists().where(_SAME, _OTHER.c.state == "waiting"))
