"""异议标注: a record is marked while an objection to it is open, and disclosure is told of each change once."""

from sqlalchemy import exists, select, update

from services.repair.objections.tables import objection, objection_mark
from shared.clock import legal_date
from shared.contracts.objections import ObjectionMarkChanged
from shared.database.types import AnyRow
from shared.database.upsert import insert_new
from shared.messaging.unit_of_work import UnitOfWork


async def mark(work: UnitOfWork, record_id: str) -> None:
    """A new objection: the mark is told in the transaction that stores it."""
    row = await _lock(work, record_id)
    if not row.marked:
        await _tell(work, row, marked=True)


async def unmark(work: UnitOfWork, record_id: str) -> None:
    """An objection is over: the mark goes when no other one is open."""
    row = await _lock(work, record_id)
    columns = objection.c
    still_open = await work.connection.scalar(select(exists().where(columns.record_id == record_id, columns.is_open)))
    if row.marked and not still_open:
        await _tell(work, row, marked=False)


async def _lock(work: UnitOfWork, record_id: str) -> AnyRow:
    first = {"record_id": record_id, "generation": 0, "marked": False, "since_on": legal_date(work.now)}
    await work.connection.execute(insert_new(work.dialect, objection_mark), first)
    statement = select(objection_mark).where(objection_mark.c.record_id == record_id).with_for_update()
    return (await work.connection.execute(statement)).one()


async def _tell(work: UnitOfWork, row: AnyRow, *, marked: bool) -> None:
    now = {"generation": row.generation + 1, "marked": marked, "since_on": legal_date(work.now)}
    await work.connection.execute(update(objection_mark).where(objection_mark.c.record_id == row.record_id).values(now))
    work.tell(ObjectionMarkChanged(record_id=row.record_id, **now))
