"""Count again what was late on days whose working days a loaded calendar year has changed (R31, 暂定期限).

Rows and verdicts stay as they are; only `late` of the shares follows the calendar. A day that is signed is shown as
changed since when its figures moved. It goes by the decision dates as they stand in the records now.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date

import structlog
from sqlalchemy import bindparam, select, update

from services.ingest.data_sharing.tables import data_share
from services.ingest.day import longest_duty, on_time_from
from services.ingest.tables import batch, record
from shared.clock import Clock
from shared.database.among import among
from shared.database.connection import AsyncConnection
from shared.database.engine import Database
from shared.database.types import AnyRow
from shared.messaging.unit_of_work import UnitOfWork, unit_of_work
from shared.vocabulary import Verdict
from shared.workdays import WorkCalendar

log = structlog.get_logger()

BATCHES_AT_ONCE = 50
_KEYS_A_QUERY = 5_000  # SQLite takes 32,766 parameters

Lates = Mapping[tuple[str, str], int]
"""Late rows by batch and authority."""


async def recount_year(database: Database, clock: Clock, calendar: WorkCalendar, year: int) -> int:
    """The days of the year and those after it whose term began in it, some batches a transaction; how many changed."""
    first, last = date(year, 1, 1), date(year, 12, 31) + longest_duty()
    changed, after = 0, ""
    while True:
        async with unit_of_work(database, clock) as work:
            shares = await _page(work.connection, first, last, after)
            changed += await _correct(work, calendar, shares)
        if not shares:
            break
        after = shares[-1].batch_id
    log.info("late_rows_recounted", year=year, shares=changed)
    return changed


async def _page(connection: AsyncConnection, first: date, last: date, after: str) -> Sequence[AnyRow]:
    """The shares of the next batches that brought anything new; all shares of a batch together."""
    columns = data_share.c
    which = (columns.on_day.between(first, last), columns.admitted > 0)
    some = select(columns.batch_id).where(*which, columns.batch_id > after).distinct().order_by(columns.batch_id)
    batches = (await connection.execute(some.limit(BATCHES_AT_ONCE))).scalars().all()
    if not batches:
        return []
    statement = select(columns.batch_id, columns.authority_code, columns.on_day, columns.late)
    statement = statement.where(*which, columns.batch_id.in_(batches)).order_by(columns.batch_id)
    return (await connection.execute(statement)).all()


async def _correct(work: UnitOfWork, calendar: WorkCalendar, shares: Sequence[AnyRow]) -> int:
    late = await _late(work, calendar, {row.batch_id: row.on_day for row in shares})
    wrong = [
        {"the_batch": row.batch_id, "the_authority": row.authority_code, "now_late": now}
        for row in shares
        if (now := late.get((row.batch_id, row.authority_code), 0)) != row.late
    ]
    if wrong:
        columns = data_share.c
        mine = (columns.batch_id == bindparam("the_batch")) & (columns.authority_code == bindparam("the_authority"))
        await work.connection.execute(update(data_share).where(mine).values(late=bindparam("now_late")), wrong)
    return len(wrong)


async def _late(work: UnitOfWork, calendar: WorkCalendar, days: Mapping[str, date]) -> Lates:
    statement = select(batch.c.batch_id, batch.c.verdicts).where(batch.c.batch_id.in_(list(days)))
    receipts = (await work.connection.execute(statement)).all()
    admitted = {record_id: row.batch_id for row in receipts for record_id in _admitted(row.verdicts)}
    bounds = {day: on_time_from(calendar, day) for day in set(days.values())}
    late = Counter[tuple[str, str]]()
    for row in await _records(work, list(admitted)):
        batch_id = admitted[row.record_id]
        if row.decided_on < bounds[days[batch_id]]:
            late[batch_id, row.authority_code] += 1
    return late


def _admitted(receipt: str) -> list[str]:
    return [one["record_id"] for one in json.loads(receipt)["verdicts"] if one["verdict"] == Verdict.ADMITTED]


async def _records(work: UnitOfWork, record_ids: Sequence[str]) -> list[AnyRow]:
    columns, found = record.c, list[AnyRow]()
    for at in range(0, len(record_ids), _KEYS_A_QUERY):
        chosen = among(work.dialect, columns.record_id, record_ids[at : at + _KEYS_A_QUERY])
        statement = select(columns.record_id, columns.authority_code, columns.decided_on).where(chosen)
        found += (await work.connection.execute(statement)).all()
    return found
