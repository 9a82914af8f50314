"""Tasks for enforcement (执行督办): opened once for each unperformed penalty that left the public at its maximum, and
closed by a person, by performance or by the withdrawal of the decision.

Level-driven: it asks what has left, whichever path took it down, so that no sweep has to tell. Serves G04 and G14.
"""

from collections.abc import Collection
from datetime import date

import structlog

from services.disclosure import store as core
from services.disclosure.metrics import ENFORCEMENT_OPEN, ENFORCEMENT_OPENED
from services.disclosure.performances import store
from services.disclosure.performances.domain.standing import Outcome, Standing
from services.disclosure.rules import Law
from shared.clock import legal_date
from shared.errors import CONFLICT, MALFORMED, NOT_FOUND, Problem
from shared.evidence.actions import Action
from shared.evidence.entry import Act, act_on, effect_of, system
from shared.identifiers import mask_free_text
from shared.messaging.unit_of_work import UnitOfWork
from shared.policy.answers import AtMaximum
from shared.reasons import stated
from shared.web.caller import Caller

log = structlog.get_logger()

OPENED_AT_ONCE = 500
_OPENED_BECAUSE = "公示期满，处罚决定未履行。"
_WITHDRAWN_BECAUSE = "处罚决定已撤回。"


async def open_due(work: UnitOfWork, law: Law, at_once: int = OPENED_AT_ONCE) -> int:
    """Open the tasks of at most `at_once` records that have left by now; returns how many. Also sets the gauge."""
    ENFORCEMENT_OPEN.set(await store.count_open(work.connection))
    if not _wants_tasks(law):
        return 0
    found = await store.pick_left(work.connection, legal_date(work.now), at_once)
    await core.lock_records(work, found)
    return len(await open_left(work, found, law))


async def open_left(work: UnitOfWork, record_ids: Collection[str], law: Law) -> Collection[str]:
    """Open the tasks of those of these records that left unperformed and have none, if the packs in force want any
    (Q03). Lock the records first."""
    if not record_ids or not _wants_tasks(law):
        return ()
    today = legal_date(work.now)
    left = await store.left_among(work, today, record_ids)
    if left:
        actor = system("disclosure.enforcement")
        await store.open_tasks(work, left, store.Act(actor, today, _OPENED_BECAUSE))
        _audit(work, Action.ENFORCEMENT_OPENED, actor, left, _OPENED_BECAUSE, Standing.OPEN)
        ENFORCEMENT_OPENED.inc(len(left))
        log.info("enforcement_opened", records=len(left))
    return left


async def close_task(work: UnitOfWork, record_id: str, outcome: Outcome, on: date, reason: str, caller: Caller) -> None:
    """A person closes the task of a record of his own authority, with how it ended, on which day and why."""
    words, today = mask_free_text(stated(reason)), legal_date(work.now)
    await core.lock_records(work, [record_id])
    row = (await store.read_held(work, [record_id])).get(record_id)
    if row is None or row.opened_at is None:
        raise Problem(NOT_FOUND, "No task for enforcement was opened for this record.")
    caller.must_write_for(row.authority_code)
    if row.standing != Standing.OPEN:
        raise Problem(CONFLICT, "The task is closed already.", outcome=row.outcome)
    if outcome is Outcome.WITHDRAWN:
        raise Problem(MALFORMED, "Only the withdrawal of the decision closes a task so.")
    if on > today:
        errors = [{"field": "on", "reason": f"{on} lies after today, {today}"}]
        raise Problem(MALFORMED, "What has not happened yet cannot be stated.", errors=errors)
    await store.close_tasks(work, {record_id: row.steps}, outcome, store.Act(caller.client_id, on, words))
    told = {"outcome": outcome, "on": on.isoformat()}
    work.audit(Act(Action.ENFORCEMENT_CLOSED, caller.client_id, record_id, record_id, words, payload=told))
    log.info("enforcement_closed", record_id=record_id, outcome=outcome, by=caller.client_id)


async def close_withdrawn(work: UnitOfWork, record_ids: Collection[str]) -> None:
    """Nothing is to be enforced of decisions that were withdrawn. Lock the records first."""
    found = await store.open_among(work, record_ids)
    if found:
        actor, today = system("disclosure.events"), legal_date(work.now)
        await store.close_tasks(work, found, Outcome.WITHDRAWN, store.Act(actor, today, _WITHDRAWN_BECAUSE))
        _audit(work, Action.ENFORCEMENT_CLOSED, actor, found, _WITHDRAWN_BECAUSE, Standing.CLOSED)


def _wants_tasks(law: Law) -> bool:
    return law.evaluator.packs.settings.answers.unperformed_at_maximum is AtMaximum.ENDS_WITH_TASK


def _audit(
    work: UnitOfWork, action: Action, actor: str, record_ids: Collection[str], reason: str, standing: Standing
) -> None:
    effect = effect_of(f"{record_id} {standing}" for record_id in sorted(record_ids))
    work.audit(act_on(action, actor, record_ids, effect, many=f"{len(record_ids)} records", reason=reason))
