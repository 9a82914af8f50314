"""Compare what is wanted here with what disclosure decided, and have lost orders given again (告知核对). Serves G01.

Twice: what differs at first may be news under way. It is judged after the settle time, when nothing waits in
disclosure's outbox from before, nor in our queues. What was lost is asked for again, up to a limit; where disclosure
knows less than it once told, nothing is changed and people are called.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog

from services.sync.decided import store
from services.sync.decided.domain.difference import Kind, differences
from services.sync.decided.heard import read_heard
from services.sync.decided.source import RECORDS_AT_ONCE, DecidedSource
from services.sync.metrics import ORDERS_REPEATED
from shared.clock import Clock
from shared.contracts.decided import Stretch, digest_of
from shared.database.engine import Database
from shared.database.types import AnyRow
from shared.errors import Unavailable
from shared.evidence.actions import Action
from shared.evidence.entry import Act, system
from shared.ids import new_id
from shared.messaging.bus import Bus
from shared.messaging.unit_of_work import UnitOfWork, unit_of_work
from shared.reasons import stated

log = structlog.get_logger()

SETTLE = timedelta(minutes=10)
"""Longer than every delay of a retry and than a process takes to come back."""
REPEAT_LIMIT = 2_000
"""Records. More are no accident of a queue: a person says whether all of it is to be told (guarantee G08)."""
LEASE = timedelta(minutes=15)
QUEUES = ("sync.take_downs", "sync.publications")
DAILY = system("sync.decided_daily")
_REASON = "告知核对：同步未收到 (compared: sync has not heard it)"


@dataclass(frozen=True)
class CompareDesk:
    """What a comparison stands on."""

    database: Database
    clock: Clock
    bus: Bus
    source: DecidedSource
    settle: timedelta = SETTLE
    limit: int = REPEAT_LIMIT


async def ask(work: UnitOfWork, by: str = DAILY, *, without_limit: str | None = None) -> str:
    """Ask for a comparison; a worker begins within half a minute. Who asks while one goes on joins it.

    `without_limit` is a person's reason for having everything told again that was lost.
    """
    reason = None if without_limit is None else stated(without_limit)
    check_id = await store.ask(work, by, without_limit=reason is not None)
    work.audit(Act(Action.DECIDED_COMPARED, by, check_id, reason=reason))
    return check_id


async def go_on(desk: CompareDesk) -> int:
    """Take the comparison that was asked for one step further; 1 when a step was taken."""
    async with unit_of_work(desk.database, desk.clock) as work:
        check = await store.open_check(work.connection)
        due = check is not None and _is_due(check, desk)
        if check is None or not due or not await store.lease(work, check.check_id, LEASE):
            return 0
    try:
        await (_compare(desk, check) if check.compared_at is None else _judge(desk, check))
    except Unavailable:
        await _note(desk, check)
        raise
    return 1


def _is_due(check: AnyRow, desk: CompareDesk) -> bool:
    return check.compared_at is None or check.compared_at + desk.settle <= desk.clock.now()


async def _compare(desk: CompareDesk, check: AnyRow) -> None:
    """The first look, page by page."""
    entries, after = 0, ""
    while True:
        page = await desk.source.stated(after)
        async with desk.database.reading() as connection:
            heard = await read_heard(connection, Stretch(after, page.next))
        for one in page.stated:
            ours = heard.of(one.stretch)
            if ours is None or digest_of(ours) != one.digest:
                await _read_stretch(desk, check, one.stretch)
        entries += sum(one.entries for one in page.stated)
        if page.next is None:
            break
        after = page.next
    await _note(desk, check, compared_at=desk.clock.now(), entries=entries, explanation=None)


async def _read_stretch(desk: CompareDesk, check: AnyRow, within: Stretch) -> None:
    """Note what differs. Ours are read before theirs: so nothing that was decided in between looks as if it had been
    told and then forgotten."""
    after: str | None = within.after
    while after is not None:
        async with desk.database.reading() as connection:
            ours = await read_heard(connection, Stretch(after, within.through))
        found = list(differences(await desk.source.entries(ours.within), ours.entries))
        async with unit_of_work(desk.database, desk.clock) as work:
            await store.note_differences(work, check.check_id, found)
        after = None if ours.within.through == within.through else ours.within.through


async def _judge(desk: CompareDesk, check: AnyRow) -> None:
    """The second look: what is still not heard was lost."""
    if waits := await _under_way(desk, check.compared_at):
        await _note(desk, check, explanation=waits)
        return
    async with unit_of_work(desk.database, desk.clock) as work:
        await store.forget_heard(work)
        await store.confirm(work, check.check_id)
        found = await store.counts(work.connection)
        lost = await store.count_lost(work.connection)
    if found:
        log.error("wanted_is_not_what_was_decided", check_id=check.check_id, records_lost=lost, **found)
    repeats = check.without_limit or lost <= desk.limit
    repeated = await _repeat(desk, check) if repeats else 0
    values = {kind.value: found.get(kind, 0) for kind in Kind}
    held = 0 if repeats else lost
    await _finish(desk, check, repeated=repeated, held=held, **values)


async def _under_way(desk: CompareDesk, compared_at: datetime) -> str | None:
    """What may still bring the news that was missed."""
    depths = await desk.bus.depths()
    if waiting := [queue for queue in QUEUES if depths.get(queue)]:
        return f"orders wait in {', '.join(waiting)}"
    if (await desk.source.stated("f" * 32)).told_until <= compared_at:
        return "disclosure has not told everything yet: its outbox waits for the broker"
    return None


async def _repeat(desk: CompareDesk, check: AnyRow) -> int:
    """Have what was lost given again, some records at a time; each order once, so that none goes in a circle."""
    repeated = 0
    while True:
        async with desk.database.reading() as connection:
            ids = await store.next_lost(connection, RECORDS_AT_ONCE)
        if not ids:
            return repeated
        await desk.source.repeat(ids, _REASON, new_id())
        async with unit_of_work(desk.database, desk.clock) as work:
            await store.note_repeated(work, ids)
        ORDERS_REPEATED.inc(len(ids))
        repeated += len(ids)


async def _finish(desk: CompareDesk, check: AnyRow, **values: Any) -> None:
    finished = {"finished_at": desk.clock.now(), "going_on": None, "explanation": None}
    await _note(desk, check, **finished, **values)
    log.info("decided_compared", check_id=check.check_id, entries=check.entries, **values)


async def _note(desk: CompareDesk, check: AnyRow, **values: Any) -> None:
    async with unit_of_work(desk.database, desk.clock) as work:
        await store.note(work, check.check_id, **values)
