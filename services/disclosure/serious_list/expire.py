"""End what is over on the serious list (期满移出): offline at 00:00 of the day after the last day (R12, G04)."""

from services.disclosure.rules import Law
from services.disclosure.serious_list import store
from services.disclosure.serious_list.domain.entry import Action, Entry, Step
from services.disclosure.serious_list.domain.machine import advance
from shared.clock import legal_date
from shared.messaging.unit_of_work import UnitOfWork

AT_ONCE = 1_000
ACTOR = "calendar"


async def expire(work: UnitOfWork, law: Law) -> int:
    """How many ended, at most 1,000. Call it again until it returns 0."""
    over = await store.lock_over(work, legal_date(work.now), AT_ONCE)
    await store.store_expired(work, [(entry_id, *_ended(entry, law)) for entry_id, entry in over])
    return len(over)


def _ended(entry: Entry, law: Law) -> tuple[Entry, store.Taken]:
    """It ended on its day, whenever the timer came by."""
    if entry.window is None or entry.window.offline_on is None:
        raise ValueError("an entry without a window cannot be over")
    step = Step(action=Action.EXPIRE, on=entry.window.offline_on)
    after = advance(entry, step, law.evaluator.packs)
    return after, store.Taken(step.action, entry.state, ACTOR, "管理期限届满", step.on, {})
