"""Close cases (办结) that were served and whose records were seen to be gone from every portal; never before (G10)."""

from collections import defaultdict
from collections.abc import Collection, Sequence

from services.repair.applications import clocks, store
from services.repair.applications.domain.case import Action, RecordOutcome, Step
from services.repair.applications.domain.clocks import EFFECT
from services.repair.applications.domain.machine import advance
from services.repair.applications.portals import effects
from shared.clock import legal_date
from shared.database.types import AnyRow
from shared.evidence.actions import Action as Audited
from shared.evidence.entry import Act, effect_of, system
from shared.messaging.unit_of_work import UnitOfWork

ACTOR = system("repair.close")
_WHY = "Every portal was seen without the records."


async def close_finished(work: UnitOfWork, record_ids: Collection[str]) -> list[str]:
    """Look at the approved applications of these records; returns those that are closed now."""
    approved = await store.lock_approved(work, record_ids) if record_ids else []
    if not approved:
        return []
    done = await _taken_effect(work, approved)
    await _note_effect(work, [row.application_id for row in done if row.effective_on is None])
    closing = [row for row in done if row.served_on is not None]
    await _close(work, closing)
    return [row.application_id for row in closing]


async def _taken_effect(work: UnitOfWork, approved: Sequence[AnyRow]) -> list[AnyRow]:
    """Those of which every approved record was seen to be gone from every portal."""
    records: dict[str, list[str]] = defaultdict(list)
    for row in await store.records_of(work.connection, [row.application_id for row in approved]):
        if row.outcome == RecordOutcome.APPROVED:
            records[row.application_id].append(row.record_id)
    found = await effects(work.connection, {one for of_one in records.values() for one in of_one})
    return [row for row in approved if all(found[one].is_complete for one in records[row.application_id])]


async def _note_effect(work: UnitOfWork, application_ids: Sequence[str]) -> None:
    if not application_ids:
        return
    await store.set_columns(work, application_ids, effective_on=legal_date(work.now))
    await clocks.end(work, application_ids, {EFFECT})
    _audit(work, Audited.REPAIRS_EFFECTIVE, application_ids)


async def _close(work: UnitOfWork, rows: Sequence[AnyRow]) -> None:
    if not rows:
        return
    ids = [row.application_id for row in rows]
    step = Step(action=Action.CLOSE, actor=ACTOR)
    cases = [(row.application_id, store.case_of(row)) for row in rows]
    await store.store_steps(
        work, [store.Taken(one, Action.CLOSE, case, advance(case, step), ACTOR, _WHY) for one, case in cases]
    )
    await store.set_columns(work, ids, closed_at=work.now)
    await store.settle_records(work, ids)
    _audit(work, Audited.REPAIRS_CLOSED, ids)


def _audit(work: UnitOfWork, action: Audited, application_ids: Sequence[str]) -> None:
    about = application_ids[0] if len(application_ids) == 1 else f"{len(application_ids)} applications"
    work.audit(Act(action, ACTOR, about, effect=effect_of(application_ids)))
