"""The rows of the comparison: one check at a time, the differences that it found, and what became of them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, case, delete, exists, func, or_, select, update

from services.sync.decided.domain.difference import LOST, Difference
from services.sync.decided.tables import decided_check, decided_difference
from services.sync.tables import content, placement
from shared.database.connection import AsyncConnection
from shared.database.types import AnyRow
from shared.database.upsert import insert_for, insert_new
from shared.ids import new_id
from shared.messaging.unit_of_work import UnitOfWork

_C, _D = decided_check.c, decided_difference.c
_EXPLANATION = 300


async def open_check(connection: AsyncConnection) -> AnyRow | None:
    """The one that goes on."""
    return (await connection.execute(select(decided_check).where(_C.finished_at.is_(None)))).one_or_none()


async def newest_finished(connection: AsyncConnection) -> AnyRow | None:
    statement = select(decided_check).where(_C.finished_at.is_not(None)).order_by(_C.finished_at.desc()).limit(1)
    return (await connection.execute(statement)).one_or_none()


async def first_asked_at(connection: AsyncConnection) -> datetime | None:
    found: datetime | None = await connection.scalar(select(func.min(_C.requested_at)))
    return found


async def ask(work: UnitOfWork, by: str, *, without_limit: bool) -> str:
    """The check that goes on, or a new one; a wish without limit holds for whichever it is."""
    row = {
        "check_id": new_id(),
        "requested_at": work.now,
        "requested_by": by,
        "without_limit": without_limit,
        "going_on": True,
    }
    await work.connection.execute(insert_new(work.dialect, decided_check), row)
    if without_limit:
        await work.connection.execute(update(decided_check).where(_C.finished_at.is_(None)).values(without_limit=True))
    check = await open_check(work.connection)
    return str(check.check_id) if check else str(row["check_id"])


async def lease(work: UnitOfWork, check_id: str, for_: timedelta) -> bool:
    """Whether this process may go on with it now."""
    free = or_(_C.lease_until.is_(None), _C.lease_until <= work.now)
    statement = update(decided_check).where(_C.check_id == check_id, _C.finished_at.is_(None), free)
    taken = await work.connection.execute(statement.values(lease_until=work.now + for_).returning(_C.check_id))
    return taken.one_or_none() is not None


async def note(work: UnitOfWork, check_id: str, **values: Any) -> None:
    """What is known of a check now; it is free for whoever goes on with it."""
    free = {"lease_until": None, **values}
    await work.connection.execute(update(decided_check).where(_C.check_id == check_id).values(free))


async def explain(work: UnitOfWork, check_id: str, why: str) -> None:
    """Why a check does not go on."""
    statement = update(decided_check).where(_C.check_id == check_id).values(explanation=why[:_EXPLANATION])
    await work.connection.execute(statement)


async def note_differences(work: UnitOfWork, check_id: str, found: Sequence[Difference]) -> None:
    """A difference that was known keeps since when, as long as it is about the same order."""
    if not found:
        return
    statement = insert_for(work.dialect, decided_difference)
    new = statement.excluded
    same = and_(_D.decided_generation == new.decided_generation, _D.kind == new.kind)
    keeps = ("found_at", "confirmed_at", "repeated_at")
    changed = {name: new[name] for name in ("check_id", "kind", "decided_generation", "heard_generation")}
    kept = {name: case((same, _D[name]), else_=new[name]) for name in keeps}
    statement = statement.on_conflict_do_update(index_elements=["record_id", "audience"], set_=changed | kept)
    rows = [
        {
            "record_id": one.record_id,
            "audience": one.audience,
            "check_id": check_id,
            "kind": one.kind,
            "decided_generation": one.decided_generation,
            "heard_generation": one.heard_generation,
            "found_at": work.now,
            "confirmed_at": None,
            "repeated_at": None,
        }
        for one in found
    ]
    await work.connection.execute(statement, rows)


async def forget_heard(work: UnitOfWork) -> None:
    """What was lost and has been heard since is a difference no more."""
    in_content = exists().where(
        content.c.record_id == _D.record_id,
        content.c.audience == _D.audience,
        content.c.source_generation >= _D.decided_generation,
    )
    in_placement = exists().where(
        placement.c.record_id == _D.record_id,
        placement.c.audience == _D.audience,
        placement.c.former_of.is_(None),
        placement.c.source_generation >= _D.decided_generation,
    )
    heard = delete(decided_difference).where(_D.kind.in_(LOST), or_(in_content, in_placement))
    await work.connection.execute(heard)


async def confirm(work: UnitOfWork, check_id: str) -> None:
    """What this check found and is still so stands; what it did not find is gone."""
    await work.connection.execute(delete(decided_difference).where(_D.check_id != check_id))
    unconfirmed = update(decided_difference).where(_D.confirmed_at.is_(None))
    await work.connection.execute(unconfirmed.values(confirmed_at=work.now))


async def counts(connection: AsyncConnection) -> dict[str, int]:
    """Confirmed differences by kind."""
    statement = select(_D.kind, func.count().label("number")).where(_D.confirmed_at.is_not(None)).group_by(_D.kind)
    return {row.kind: row.number for row in await connection.execute(statement)}


async def has_differences(connection: AsyncConnection) -> bool:
    return bool(await connection.scalar(select(exists().select_from(decided_difference))))


async def count_lost(connection: AsyncConnection) -> int:
    """Records whose news was lost and was not asked for again yet."""
    return await connection.scalar(select(func.count(_D.record_id.distinct())).where(*_TO_REPEAT)) or 0


async def next_lost(connection: AsyncConnection, at_most: int) -> list[str]:
    """The first of them, in the order of the identifiers."""
    statement = select(_D.record_id).where(*_TO_REPEAT).distinct().order_by(_D.record_id).limit(at_most)
    return list((await connection.scalars(statement)).all())


async def note_repeated(work: UnitOfWork, record_ids: Sequence[str]) -> None:
    statement = update(decided_difference).where(_D.record_id.in_(record_ids), _D.kind.in_(LOST))
    await work.connection.execute(statement.values(repeated_at=work.now))


async def list_differences(connection: AsyncConnection, after: tuple[str, str] | None, limit: int) -> Sequence[AnyRow]:
    """Confirmed ones in the order of record and audience."""
    statement = select(decided_difference).where(_D.confirmed_at.is_not(None))
    if after is not None:
        behind = or_(_D.record_id > after[0], and_(_D.record_id == after[0], _D.audience > after[1]))
        statement = statement.where(behind)
    return (await connection.execute(statement.order_by(_D.record_id, _D.audience).limit(limit))).all()


_TO_REPEAT = (_D.kind.in_(LOST), _D.confirmed_at.is_not(None), _D.repeated_at.is_(None))
