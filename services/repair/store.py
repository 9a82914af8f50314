"""What repair keeps of the word of others: what disclosure shows, and what sync saw on each portal."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Table, select

from services.repair.tables import absence, presence, shown_record
from shared.database.types import AnyRow
from shared.database.upsert import insert_for, upsert
from shared.messaging.unit_of_work import UnitOfWork

_TOLD_ONLINE = tuple(
    column.name
    for column in shown_record.columns
    if column.name not in ("record_id", "audience", "generation", "online", "repair_from_on")
)


async def note_shown(work: UnitOfWork, rows: Sequence[dict[str, Any]]) -> None:
    """Keep the newest word of disclosure; an older one changes nothing."""
    if rows:
        statement = upsert(work.dialect, shown_record, keys=("record_id", "audience"), newer="generation")
        await work.connection.execute(statement, list(rows))


async def fill_shown(work: UnitOfWork, rows: Sequence[dict[str, Any]]) -> None:
    """What disclosure retells: it also fills a row of the same generation, which was kept with fewer columns."""
    if rows:
        statement = insert_for(work.dialect, shown_record)
        keys = ("record_id", "audience")
        changed = {column.name: statement.excluded[column.name] for column in shown_record.columns}
        fence = shown_record.c.generation <= statement.excluded.generation
        filled = statement.on_conflict_do_update(index_elements=list(keys), set_=changed, where=fence)
        await work.connection.execute(filled, list(rows))


async def note_gone(work: UnitOfWork, rows: Sequence[dict[str, Any]]) -> None:
    """The same for what went offline: whose the record was, and by which rule, is kept."""
    if rows:
        keys = ("record_id", "audience")
        statement = upsert(work.dialect, shown_record, keys=keys, newer="generation", keep=_TOLD_ONLINE)
        await work.connection.execute(statement, [{**row, "repair_from_on": None} for row in rows])


async def note_absences(work: UnitOfWork, rows: Sequence[dict[str, Any]]) -> None:
    """Where a portal was seen without a record; of one order the later look counts."""
    await _note_looks(work, absence, rows)


async def note_presences(work: UnitOfWork, rows: Sequence[dict[str, Any]]) -> None:
    """Where a portal was seen still to show a record that it was told to take down."""
    await _note_looks(work, presence, rows)


async def _note_looks(work: UnitOfWork, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    if not rows:
        return
    statement = insert_for(work.dialect, table)
    told = statement.excluded
    keys = ("record_id", "portal")
    changed = {column.name: told[column.name] for column in table.columns if column.name not in keys}
    same_but_later = (table.c.generation == told.generation) & (table.c.observed_at < told.observed_at)
    fence = (table.c.generation < told.generation) | same_but_later
    newest = statement.on_conflict_do_update(index_elements=list(keys), set_=changed, where=fence)
    await work.connection.execute(newest, list(rows))


async def lock_shown(work: UnitOfWork, record_ids: Collection[str]) -> Sequence[AnyRow]:
    """What each audience shows of these records, locked in their order, so that two applications for one queue up."""
    statement = select(shown_record).where(shown_record.c.record_id.in_(record_ids))
    ordered = statement.order_by(shown_record.c.record_id, shown_record.c.audience).with_for_update()
    return (await work.connection.execute(ordered)).all()
