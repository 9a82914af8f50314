"""Judge records anew after an adoption or a version boundary, a bounded slice at a time (重新计算).

Level-driven: a record says under which adoption and on which day it was judged last, and what lies behind is selected.
A process that is killed loses one slice. Orders only what changed; never lengthens, never shows again (G03, G04, G06).
"""

from collections.abc import Sequence

import structlog

from services.disclosure import store as core
from services.disclosure.domain.facts import facts_from_text
from services.disclosure.judge import Case, Judgment, judge
from services.disclosure.metrics import FORESEEN_WAITING, REEVALUATED
from services.disclosure.policy import due, store
from services.disclosure.rules import Law, LawInForce
from shared.clock import Clock, legal_date
from shared.database.engine import Database
from shared.database.types import AnyRow
from shared.messaging.unit_of_work import UnitOfWork, unit_of_work
from shared.vocabulary import TakeDownReason

log = structlog.get_logger()

SLICE = 500


async def reevaluate_due(database: Database, clock: Clock, book: LawInForce, limit: int = SLICE) -> int:
    """One slice; returns how many records it judged. While nothing is due it only reads, and takes no write lock."""
    async with database.reading() as connection:
        law = await book.current(connection)
        behind = due.Behind(law.revision, law.era_start(legal_date(clock.now())))
        record_ids = await due.pick(connection, behind, limit)
        finished = not record_ids and await store.is_complete(connection, law.revision)
    if finished:
        return 0
    async with unit_of_work(database, clock) as work:
        return await reevaluate(work, record_ids, await book.current(work.connection))


async def reevaluate(work: UnitOfWork, record_ids: Sequence[str], law: Law) -> int:
    """Judge those of these records that are still behind; with none left, the adoption is complete."""
    today = legal_date(work.now)
    behind = due.Behind(law.revision, law.era_start(today))
    if not record_ids:
        if not await due.pick(work.connection, behind, 1):
            await store.complete(work, law.revision)
            log.info("reevaluation_complete", revision=law.revision)
        return 0
    await core.lock_records(work, record_ids)
    rows = await due.read(work.connection, behind, record_ids)
    changed = await judge(work, [case_of(row) for row in rows], law)
    await due.mark(work, [row.record_id for row in rows], today, law.revision)
    await _note(work, law, len(rows), changed)
    return len(rows)


async def end_foreseen(database: Database, clock: Clock, book: LawInForce, limit: int = SLICE) -> int:
    """Judge first what a version of the law that has just begun ends, as it was foreseen; returns how many records.

    The column has hidden it since 00:00 (`column.store`); this stores the new windows and orders the portals.
    """
    today = legal_date(clock.now())
    async with database.reading() as connection:
        record_ids = await due.pick_foreseen(connection, today, limit)
    FORESEEN_WAITING.set(len(record_ids))
    if not record_ids:
        return 0
    async with unit_of_work(database, clock) as work:
        law = await book.current(work.connection)
        await core.lock_records(work, record_ids)
        rows = await due.read_all(work.connection, record_ids)
        changed = await judge(work, [case_of(row) for row in rows], law)
        await due.mark(work, [row.record_id for row in rows], today, law.revision)
        await due.forget_foreseen(work, record_ids, today)
        await _note(work, law, len(rows), changed)
    log.info("foreseen_ends_reached", records=len(record_ids), changed=len(changed))
    return len(record_ids)


def case_of(row: AnyRow) -> Case:
    """A stored record as a case whose content has not changed."""
    ended_by = TakeDownReason.DECISION_WITHDRAWN if row.withdrawn else None
    if row.repaired and ended_by is None:
        ended_by = TakeDownReason.REPAIR_APPROVED
    return Case(row.record_id, facts_from_text(row.facts), ended_by)


async def _note(work: UnitOfWork, law: Law, judged: int, changed: Sequence[Judgment]) -> None:
    taken_down = sum(one.goes_offline for one in changed)
    shown = sum(one.goes_online for one in changed)
    REEVALUATED.inc(judged)
    await store.count_progress(
        work, law.revision, judged=judged, taken_down=taken_down, shown=shown, changed=len(changed)
    )
