"""异议标注: a record is marked while an objection to it is open, and disclosure is told of each change once."""

from collections.abc import Collection, Sequence

from sqlalchemy import bindparam, select, update

from services.repair.objections.tables import objection, objection_mark
from shared.clock import legal_date
from shared.contracts.objections import ObjectionMarkChanged
from shared.database.types import AnyRow
from shared.database.upsert import insert_new
from shared.messaging.unit_of_work import UnitOfWork


async def mark(work: UnitOfWork, record_id: str) -> None:
    """A new objection: the mark is told in the transaction that stores it."""
    rows = await _lock(work, [record_id])
    await _tell(work, [row for row in rows if not row.marked], marked=True)


async def unmark(work: UnitOfWork, record_ids: Collection[str]) -> None:
    """Objections to these records are over: a mark goes when no other one is open."""
    if not record_ids:
        return
    rows = await _lock(work, record_ids)
    columns = objection.c
    open_ones = select(columns.record_id).where(columns.record_id.in_(record_ids), columns.is_open)
    disputed = set(await work.connection.scalars(open_ones))
    await _tell(work, [row for row in rows if row.marked and row.record_id not in disputed], marked=False)


async def _lock(work: UnitOfWork, record_ids: Collection[str]) -> Sequence[AnyRow]:
    """The marks of these records, in one order for all who lock several."""
    ordered, today = sorted(set(record_ids)), legal_date(work.now)
    first = [{"record_id": one, "generation": 0, "marked": False, "since_on": today} for one in ordered]
    await work.connection.execute(insert_new(work.dialect, objection_mark), first)
    columns = objection_mark.c
    statement = select(objection_mark).where(columns.record_id.in_(ordered)).order_by(columns.record_id)
    return (await work.connection.execute(statement.with_for_update())).all()


async def _tell(work: UnitOfWork, rows: Sequence[AnyRow], *, marked: bool) -> None:
    if not rows:
        return
    today = legal_date(work.now)
    values = {"generation": objection_mark.c.generation + 1, "marked": marked, "since_on": today}
    statement = update(objection_mark).where(objection_mark.c.record_id == bindparam("of_record")).values(values)
    await work.connection.execute(statement, [{"of_record": row.record_id} for row in rows])
    work.tell(
        *(
            ObjectionMarkChanged(record_id=row.record_id, generation=row.generation + 1, marked=marked, since_on=today)
            for row in rows
        )
    )
