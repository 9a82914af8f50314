"""The entries of a listing while its run lasts (`scan_entry`): each key once, with whether the listing had it twice.

A part of which every key is new, as nearly every part is, goes into the database by the fastest way, and the database
itself says when one is not. Nobody has to count a million keys afterwards.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import case, func

from services.sync.tables import scan_entry
from shared.database.connection import AsyncConnection
from shared.database.copy import copy_rows
from shared.database.upsert import insert_for

UNLIKE_OURS = "different"
"""Stands for the digest of what the portal says is another, and of what it lists in two forms: no digest of ours."""

_COLUMNS = ("portal_key", "run_id", "shown_digest")

Entry = tuple[str, str, str]
"""The values of these columns."""

Pages = Sequence[Sequence[Entry]]

_LONGEST_KEY: int = scan_entry.c.portal_key.type.length  # type: ignore[attr-defined]


def has_odd_key(pages: Pages) -> bool:
    """Whether one of the keys can be stored nowhere, and so is none of ours."""
    return any(len(key) > _LONGEST_KEY or "\0" in key for page in pages for key, _, _ in page)


async def add_new(connection: AsyncConnection, dialect: str, pages: Pages) -> None:
    """Entries none of which was listed before. An `IntegrityError` when one was, which undoes the transaction."""
    await copy_rows(connection, dialect, scan_entry, _COLUMNS, [entry for page in pages for entry in page])


async def add(connection: AsyncConnection, dialect: str, pages: Pages) -> None:
    """Entries some of which were listed before, on the same page or on another one."""
    statement, stored = insert_for(dialect, scan_entry), scan_entry.c
    again = statement.excluded
    same = stored.shown_digest == again.shown_digest
    statement = statement.on_conflict_do_update(
        index_elements=[stored.portal_key, stored.run_id],
        set_={
            "shown_digest": case((same, stored.shown_digest), else_=UNLIKE_OURS),
            "doubled": func.coalesce(stored.doubled, False) | func.coalesce(again.doubled, False),
        },
    )
    rows = [row for page in pages for row in _once_each(page)]
    if rows:
        await connection.execute(statement, rows)


def _once_each(page: Sequence[Entry]) -> Iterable[dict[str, Any]]:
    """A row for each key of a page."""
    rows: dict[str, dict[str, Any]] = {}
    for entry in page:
        key, _, digest = entry
        row = rows.get(key)
        if row is None:
            rows[key] = {**dict(zip(_COLUMNS, entry, strict=True)), "doubled": None}
        else:
            row["doubled"] = True
            row["shown_digest"] = digest if row["shown_digest"] == digest else UNLIKE_OURS
    return rows.values()
