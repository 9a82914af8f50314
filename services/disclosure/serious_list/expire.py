"""End what is over on the serious list (期满移出): offline at 00:00 of the day after the last day (R12, G04)."""

from datetime import date

from services.disclosure.metrics import SERIOUS_DUE, SERIOUS_IN_FORCE, SERIOUS_LATE
from services.disclosure.rules import Law
from services.disclosure.serious_list import due, store
from services.disclosure.serious_list.domain.duties import duties
from services.disclosure.serious_list.domain.entry import Action, Entry, EntryState, Step
from services.disclosure.serious_list.domain.machine import advance
from services.disclosure.serious_list.tell import changed
from shared.clock import legal_date
from shared.evidence.actions import Action as Audited
from shared.evidence.entry import Act, effect_of, system
from shared.messaging.unit_of_work import UnitOfWork

AT_ONCE = 1_000
ACTOR = "calendar"


async def expire(work: UnitOfWork, law: Law) -> int:
    """How many ended, at most 1,000. Call it again until it returns 0."""
    today = legal_date(work.now)
    await _measure(work, law, today)
    over = await store.lock_over(work, today, AT_ONCE)
    ended = [(entry_id, locked, *_ended(locked.entry, law)) for entry_id, locked in over]
    await store.store_expired(work, [(entry_id, after, taken) for entry_id, _, after, taken in ended])
    work.tell(*(changed(entry_id, was.subject_key, was.authority_code, after) for entry_id, was, after, _ in ended))
    if over:
        effect = effect_of(f"{entry_id} {locked.entry.version}" for entry_id, locked in over)
        work.audit(
            Act(Audited.LIST_ENTRIES_EXPIRED, system("disclosure.serious_list_expire"), str(today), effect=effect)
        )
    return len(over)


async def _measure(work: UnitOfWork, law: Law, today: date) -> None:
    in_force, overdue = await due.count_in_force(work.connection, today)
    SERIOUS_IN_FORCE.set(in_force)
    SERIOUS_DUE.set(overdue)
    running = await due.read_removals(work.connection)
    SERIOUS_LATE.set(
        sum(row.number for row in running if is_late(EntryState(row.state), row.state_since_on, today, law))
    )


def is_late(state: EntryState, since_on: date, today: date, law: Law) -> bool:
    """Whether a deadline that this state started is over."""
    return any(duty.last_day < today for duty in duties(state, since_on, law.calendar))


def _ended(entry: Entry, law: Law) -> tuple[Entry, store.Taken]:
    """It ended on its day, whenever the timer came by."""
    if entry.window is None or entry.window.offline_on is None:
        raise ValueError("an entry without a window cannot be over")
    step = Step(action=Action.EXPIRE, on=entry.window.offline_on)
    after = advance(entry, step, law.evaluator.packs)
    return after, store.Taken(step.action, entry.state, ACTOR, "管理期限届满", step.on, {})
