"""End what stands on records (解除惩戒): after a repair, a withdrawal, an upheld objection, or by hand.

Who was told of it is told so. Serves G10.
"""

from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum

from sqlalchemy import bindparam, select, update

from services.repair.measures.tables import measure
from shared.contracts.events import PublicationOffline
from shared.database.connection import AsyncConnection
from shared.database.types import AnyRow
from shared.errors import CONFLICT, NOT_FOUND, Problem
from shared.evidence.actions import Action
from shared.evidence.entry import Act, effect_of, system
from shared.identifiers import mask_free_text
from shared.messaging.unit_of_work import UnitOfWork
from shared.vocabulary import TakeDownReason
from shared.web.caller import Caller


class Because(StrEnum):
    """Why a measure ended."""

    REPAIRED = "repaired"  # 信用修复
    OBJECTION = "objection"  # 异议成立
    WITHDRAWN = "withdrawn"  # 决定被撤回
    LIFTED = "lifted"  # 人工解除: a person ended it, with the reason


async def end_measures(
    work: UnitOfWork, record_ids: Collection[str], because: Because, ended_by: str | None = None
) -> list[str]:
    """End everything that stands on these records; returns the measures, whose parties are to be told now. Without an
    application or objection that ended it, what became of the record itself did."""
    columns = measure.c
    statement = (
        update(measure)
        .where(columns.record_id.in_(record_ids), columns.ended_at.is_(None))
        .values(ended_at=work.now, ended_because=because, ended_by=ended_by or columns.record_id)
        .returning(columns.measure_id)
    )
    ended = sorted((await work.connection.execute(statement)).scalars())
    if ended:
        work.audit(Act(Action.MEASURES_ENDED, system("repair.measures"), ended_by or because, effect=effect_of(ended)))
    return ended


async def end_each(work: UnitOfWork, by_record: Mapping[str, str], because: Because) -> None:
    """The same where each record has its own application or objection that ended what stands on it."""
    if not by_record:
        return
    columns = measure.c
    standing = select(columns.measure_id, columns.record_id).where(
        columns.record_id.in_(by_record), columns.ended_at.is_(None)
    )
    rows = (await work.connection.execute(standing.order_by(columns.measure_id).with_for_update())).all()
    if not rows:
        return
    values = {"ended_at": work.now, "ended_because": because, "ended_by": bindparam("by")}
    statement = update(measure).where(columns.measure_id == bindparam("of_measure")).values(values)
    ended = [{"of_measure": row.measure_id, "by": by_record[row.record_id]} for row in rows]
    await work.connection.execute(statement, ended)
    for by in sorted({one["by"] for one in ended}):
        effect = effect_of([one["of_measure"] for one in ended if one["by"] == by])
        work.audit(Act(Action.MEASURES_ENDED, system("repair.measures"), by, effect=effect))


async def end_with_display(work: UnitOfWork, gone: Sequence[PublicationOffline]) -> None:
    """End what stands on records whose decision was withdrawn or whose repair took effect; what was noted while the
    approval was on its way is found here. The end of a window ends no measure: its term is its own."""
    for reason, because in _ENDING.items():
        if ids := sorted({one.record_id for one in gone if one.reason is reason}):
            await end_measures(work, ids, because)


async def lift(work: UnitOfWork, measure_id: str, reason: str, caller: Caller) -> None:
    """End one measure by hand (人工解除): by whom, when and why."""
    row = await _locked(work, measure_id, caller)
    if row.ended_at is not None:
        raise Problem(CONFLICT, "The measure ended already.", ended_because=row.ended_because)
    why = mask_free_text(reason)
    lifted = {"lifted_by": caller.client_id, "lifted_reason": why, "ended_at": work.now}
    values = {**lifted, "ended_because": Because.LIFTED}
    await work.connection.execute(update(measure).where(measure.c.measure_id == measure_id).values(**values))
    work.audit(Act(Action.MEASURES_ENDED, caller.client_id, measure_id, row.record_id, why))


_ENDING = {
    TakeDownReason.DECISION_WITHDRAWN: Because.WITHDRAWN,
    TakeDownReason.REPAIR_APPROVED: Because.REPAIRED,
}


async def tell_end(work: UnitOfWork, measure_id: str, how: str, caller: Caller) -> None:
    """Keep that the party of an ended measure was told of its end: by whom, when and how."""
    row = await _locked(work, measure_id, caller)
    if row.ended_at is None or row.told_at is not None:
        state = "stands still" if row.ended_at is None else "was told already"
        raise Problem(CONFLICT, f"The measure {state}.")
    told = {"told_by": caller.client_id, "told_at": work.now, "told_how": mask_free_text(how)}
    await work.connection.execute(update(measure).where(measure.c.measure_id == measure_id).values(**told))
    work.audit(Act(Action.MEASURE_END_TOLD, caller.client_id, measure_id, row.record_id, how))


async def _locked(work: UnitOfWork, measure_id: str, caller: Caller) -> AnyRow:
    found = select(measure).where(measure.c.measure_id == measure_id).with_for_update()
    row = (await work.connection.execute(found)).one_or_none()
    if row is None:
        raise Problem(NOT_FOUND, f"There is no measure {measure_id[:64]}.")
    caller.must_write_for(row.authority_code)
    return row


async def read_of(connection: AsyncConnection, record_ids: Collection[str]) -> list[AnyRow]:
    """All measures on these records."""
    statement = select(measure).where(measure.c.record_id.in_(record_ids)).order_by(measure.c.measure_id)
    return list((await connection.execute(statement)).all())


async def read_untold(connection: AsyncConnection, after: str | None, limit: int) -> list[AnyRow]:
    """Ended measures of which the party does not know yet."""
    columns = measure.c
    statement = select(measure).where(columns.ended_at.is_not(None), columns.told_at.is_(None))
    if after is not None:
        statement = statement.where(columns.measure_id > after)
    return list((await connection.execute(statement.order_by(columns.measure_id).limit(limit))).all())
