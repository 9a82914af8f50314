"""Which records the law in force should have judged by now and has not.

Two ranges of two indexes; while nothing is due, each costs one look at the beginning of its index.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import delete, distinct, exists, func, or_, select, update

from services.disclosure.domain.display import ENDED, PublicationState
from services.disclosure.tables import disclosed_record, foreseen_end, foresees, publication
from shared.database.connection import AsyncConnection
from shared.database.types import AnyRow
from shared.messaging.unit_of_work import UnitOfWork

_columns, _shown = disclosed_record.c, publication.c
_not_ended = _shown.state.not_in(ENDED)


@dataclass(frozen=True)
class Behind:
    """Judged under an older adoption, or before the rules of today began."""

    revision: int
    era_start: date

    @property
    def ranges(self) -> tuple[Any, Any]:
        return _columns.law_revision < self.revision, _columns.evaluated_on < self.era_start


async def pick(connection: AsyncConnection, behind: Behind, limit: int) -> list[str]:
    """Up to `limit` records that are behind. One query a range: an OR would read the whole table."""
    for which in behind.ranges:
        found = (await connection.execute(select(_columns.record_id).where(which).limit(limit))).scalars().all()
        if found:
            return sorted(found)
    return []


async def pick_foreseen(connection: AsyncConnection, today: date, limit: int) -> list[str]:
    """Up to `limit` records of which it was foreseen that they are not shown today."""
    found = select(foreseen_end.c.record_id).where(foreseen_end.c.ends_on <= today).limit(limit)
    return sorted(set((await connection.execute(found)).scalars().all()))


async def forget_foreseen(work: UnitOfWork, record_ids: Sequence[str], today: date) -> None:
    """What came as it was foreseen. One that is shown keeps its entry: it is what hides it."""
    entry = foreseen_end.c
    still_shown = exists().where(foresees, _shown.state == PublicationState.ONLINE)
    over = delete(foreseen_end).where(entry.record_id.in_(record_ids), entry.ends_on <= today, ~still_shown)
    await work.connection.execute(over)


async def read(connection: AsyncConnection, behind: Behind, record_ids: Sequence[str]) -> Sequence[AnyRow]:
    """Those of these records that nobody else has judged meanwhile."""
    return await read_all(connection, record_ids, or_(*behind.ranges))


async def read_all(connection: AsyncConnection, record_ids: Sequence[str], *which: Any) -> Sequence[AnyRow]:
    statement = (
        select(_columns.record_id, _columns.facts, _columns.withdrawn, _columns.repaired)
        .where(_columns.record_id.in_(record_ids), _columns.facts.is_not(None), *which)
        .order_by(_columns.record_id)
    )
    return (await connection.execute(statement)).all()


async def mark(work: UnitOfWork, record_ids: Sequence[str], evaluated_on: date, revision: int) -> None:
    if record_ids:
        await work.connection.execute(
            update(disclosed_record)
            .where(_columns.record_id.in_(record_ids))
            .values(evaluated_on=evaluated_on, law_revision=revision)
        )


async def count_behind(connection: AsyncConnection, revision: int) -> int:
    """How many records were judged last under an older adoption."""
    return await connection.scalar(select(func.count()).where(_columns.law_revision < revision)) or 0


async def count_register(connection: AsyncConnection) -> int:
    """About how many records `read_register` will bring; those that were withdrawn or repaired are few."""
    return await connection.scalar(select(func.count(distinct(_shown.record_id))).where(_not_ended)) or 0


async def read_register(connection: AsyncConnection, after: str, limit: int) -> Sequence[AnyRow]:
    """The next records that somebody sees or may see yet, by their id: a row for each such audience, with its end."""
    # `after` twice: no planner carries it over a join, and a merge would read the publications from their beginning.
    open_now = (_shown.record_id > after, _not_ended)
    chosen = (
        select(_columns.record_id, _columns.region, _columns.facts)
        .where(
            _columns.record_id > after,
            _columns.facts.is_not(None),
            ~_columns.withdrawn,
            ~_columns.repaired,
            exists().where(_shown.record_id == _columns.record_id, *open_now),
        )
        .order_by(_columns.record_id)
        .limit(limit)
        .subquery()
    )
    statement = (
        select(chosen, _shown.audience, _shown.offline_on)
        .join(publication, _shown.record_id == chosen.c.record_id)
        .where(*open_now)
        .order_by(chosen.c.record_id)
    )
    return (await connection.execute(statement)).all()
