"""Queries about packs, adoptions and comparisons."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, select, text, update

from services.disclosure.policy.tables import adoption, comparison, pack_file
from shared.database.connection import AsyncConnection
from shared.database.types import AnyRow
from shared.errors import NOT_FOUND, Problem
from shared.messaging.unit_of_work import UnitOfWork

PACKAGED, ADOPTED = "packaged", "adopted"

_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('disclosure adoption', 0))")


@dataclass(frozen=True)
class NewAdoption:
    """Which packs, from where, by whom and why."""

    version: str
    origin: str
    adopted_by: str
    reason: str


async def lock(work: UnitOfWork) -> None:
    """Two adoptions at once queue up, so that the higher revision is also the later one."""
    if work.dialect == "postgresql":
        await work.connection.execute(_LOCK)


async def newest_revision(connection: AsyncConnection) -> int:
    return await connection.scalar(select(func.max(adoption.c.revision))) or 0


async def newest_adoption(connection: AsyncConnection) -> AnyRow | None:
    statement = select(adoption).order_by(adoption.c.revision.desc()).limit(1)
    return (await connection.execute(statement)).one_or_none()


async def was_packaged(connection: AsyncConnection, version: str) -> bool:
    found = select(adoption.c.revision).where(adoption.c.origin == PACKAGED, adoption.c.version == version).limit(1)
    return (await connection.execute(found)).one_or_none() is not None


async def adopt(work: UnitOfWork, texts: Mapping[str, str], new: NewAdoption) -> int:
    """Store the packs as the newest revision. Call `lock` first."""
    revision = await newest_revision(work.connection) + 1
    counts = dict.fromkeys(("judged", "taken_down", "shown", "changed"), 0)
    row = {"revision": revision, "adopted_at": work.now, **asdict(new), **counts}
    await work.connection.execute(adoption.insert(), row)
    files = [{"revision": revision, "name": name, "text": text} for name, text in sorted(texts.items())]
    await work.connection.execute(pack_file.insert(), files)
    return revision


async def read_texts(connection: AsyncConnection, revision: int) -> dict[str, str]:
    statement = select(pack_file.c.name, pack_file.c.text).where(pack_file.c.revision == revision)
    return {row.name: row.text for row in await connection.execute(statement)}


async def read_former(connection: AsyncConnection, revision: int) -> dict[str, str]:
    """The files that were adopted under this revision, as they were."""
    if texts := await read_texts(connection, revision):
        return texts
    raise Problem(NOT_FOUND, f"No packs were adopted under revision {revision}.")


async def read_texts_of(connection: AsyncConnection, versions: Collection[str]) -> dict[str, dict[str, str]]:
    """The texts of these versions. One that was adopted again has the same."""
    first = select(func.min(adoption.c.revision)).where(adoption.c.version.in_(versions)).group_by(adoption.c.version)
    statement = (
        select(adoption.c.version, pack_file.c.name, pack_file.c.text)
        .join(pack_file, pack_file.c.revision == adoption.c.revision)
        .where(adoption.c.revision.in_(first))
    )
    texts: dict[str, dict[str, str]] = {}
    for row in await connection.execute(statement):
        texts.setdefault(row.version, {})[row.name] = row.text
    return texts


async def read_adoptions(connection: AsyncConnection, before: int | None, limit: int) -> Sequence[AnyRow]:
    statement = all_adoptions().order_by(adoption.c.revision.desc()).limit(limit)
    if before is not None:
        statement = statement.where(adoption.c.revision < before)
    return (await connection.execute(statement)).all()


def all_adoptions() -> Select[Any]:
    return select(adoption)


async def count_progress(
    work: UnitOfWork, revision: int, *, judged: int, taken_down: int, shown: int, changed: int
) -> None:
    """Add what one slice did to the adoption that it belongs to."""
    columns = adoption.c
    await work.connection.execute(
        update(adoption)
        .where(columns.revision == revision)
        .values(
            judged=columns.judged + judged,
            taken_down=columns.taken_down + taken_down,
            shown=columns.shown + shown,
            changed=columns.changed + changed,
        )
    )


async def complete(work: UnitOfWork, revision: int) -> None:
    mine = (adoption.c.revision <= revision) & adoption.c.completed_at.is_(None)
    await work.connection.execute(update(adoption).where(mine).values(completed_at=work.now))


async def is_complete(connection: AsyncConnection, revision: int) -> bool:
    statement = select(adoption.c.completed_at).where(adoption.c.revision == revision)
    row = (await connection.execute(statement)).one_or_none()
    return row is None or row.completed_at is not None


async def find_comparison(connection: AsyncConnection, comparison_id: str) -> AnyRow | None:
    statement = select(comparison).where(comparison.c.comparison_id == comparison_id)
    return (await connection.execute(statement)).one_or_none()


async def read_comparisons(connection: AsyncConnection, before: str | None, limit: int) -> Sequence[AnyRow]:
    """The newest first, without their packs and results: identifiers grow with time."""
    columns = comparison.c
    shown = (columns.comparison_id, columns.version, columns.as_of, columns.asked_by, columns.asked_at)
    statement = select(*shown, columns.finished_at).order_by(columns.comparison_id.desc()).limit(limit)
    if before is not None:
        statement = statement.where(columns.comparison_id < before)
    return (await connection.execute(statement)).all()


async def is_asked(connection: AsyncConnection) -> bool:
    """Whether a comparison has not been answered yet."""
    statement = select(comparison.c.comparison_id).where(comparison.c.finished_at.is_(None)).limit(1)
    return (await connection.execute(statement)).one_or_none() is not None


async def lease_comparison(work: UnitOfWork, now: datetime, until: datetime) -> AnyRow | None:
    """The oldest comparison that nobody works on, held for this process until `until`."""
    columns = comparison.c
    free = columns.leased_until.is_(None) | (columns.leased_until < now)
    pick = (
        select(columns.comparison_id)
        .where(columns.finished_at.is_(None), free)
        .order_by(columns.asked_at)
        .limit(1)
        .with_for_update(skip_locked=True)
        .cte("pick")
    )
    taken = (
        update(comparison)
        .where(columns.comparison_id.in_(select(pick.c.comparison_id)))
        .values(leased_until=until, begun_at=now, compared=0)
        .returning(comparison)
    )
    row: AnyRow | None = (await work.connection.execute(taken)).one_or_none()
    return row


async def note_compared(
    work: UnitOfWork, comparison_id: str, begun_at: datetime, compared: int, expected: int, until: datetime
) -> bool:
    """How far it has come; whoever began at `begun_at` keeps it until `until`. Tells whether it is still his."""
    values = {"compared": compared, "expected": expected, "leased_until": until}
    done = update(comparison).where(_held(comparison_id, begun_at)).values(values)
    return (await work.connection.execute(done)).rowcount == 1


async def finish_comparison(work: UnitOfWork, comparison_id: str, begun_at: datetime, result: str) -> bool:
    """Tells whether it was still his to finish."""
    done = update(comparison).where(_held(comparison_id, begun_at)).values(finished_at=work.now, result=result)
    return (await work.connection.execute(done)).rowcount == 1


def _held(comparison_id: str, begun_at: datetime) -> ColumnElement[bool]:
    columns = comparison.c
    return and_(columns.comparison_id == comparison_id, columns.begun_at == begun_at, columns.finished_at.is_(None))
