"""Let applications lapse (逾期未补正) whose applicant supplemented nothing in time; set-based, by a timer."""

from services.repair.applications import clocks, limits, store
from services.repair.applications.domain.case import Action, ApplicationState, Step
from services.repair.applications.domain.machine import advance
from shared.evidence.actions import Action as Audited
from shared.evidence.entry import Act, effect_of, system
from shared.messaging.unit_of_work import UnitOfWork

ACTOR = system("repair.lapse")
_WHY = "The term for the supplement is over; the application counts as withdrawn."


async def lapse(work: UnitOfWork) -> int:
    """How many lapsed, at most one slice."""
    over = await limits.lapsed(work.connection, work.now)
    if not over:
        return 0
    rows = [row for row in await store.lock_some(work, over) if row.state == ApplicationState.SUPPLEMENTING]
    ids = [row.application_id for row in rows]
    if not ids:
        return 0
    step = Step(action=Action.LAPSE, actor=ACTOR)
    cases = [(row.application_id, store.case_of(row)) for row in rows]
    await store.store_steps(
        work, [store.Taken(one, Action.LAPSE, case, advance(case, step), ACTOR, _WHY) for one, case in cases]
    )
    await store.settle_records(work, ids)
    await clocks.cease(work, ids)
    about = ids[0] if len(ids) == 1 else f"{len(ids)} applications"
    work.audit(Act(Audited.REPAIRS_LAPSED, ACTOR, about, effect=effect_of(ids)))
    return len(ids)
