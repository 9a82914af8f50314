"""Look something up on the column (查询): one page of what is online today, or one record. Reads only."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.disclosure.column import store
from services.disclosure.column.domain.entry import PublicEntry, public_entry
from services.disclosure.column.domain.search import LEAST_SIGNS, MOST_SIGNS, By, Search, read_search
from services.disclosure.domain.graver import promised_repair_from
from services.disclosure.rules import LawInForce
from shared.contracts.records import Record
from shared.database.connection import AsyncConnection
from shared.database.types import AnyRow
from shared.errors import MALFORMED, Problem
from shared.identifiers import strip_control
from shared.policy import Window, from_json
from shared.web.pagination import PageRequest, Position, encoded


@dataclass(frozen=True, slots=True)
class Found:
    """One page. `is_bounded`: only the newest records were looked through."""

    search: Search
    entries: tuple[PublicEntry, ...]
    next: str | None
    is_bounded: bool


async def find(
    connection: AsyncConnection, text: str, by: By, page: PageRequest, today: date, book: LawInForce
) -> Found:
    """Raises `Problem` for a text that cannot be searched and for a cursor of another search."""
    what = read_search(text, by)
    if what is None:
        reason = f"{LEAST_SIGNS} to {MOST_SIGNS} signs, and for `document` a document number"
        raise Problem(MALFORMED, "This cannot be searched.", errors=[{"field": "q", "reason": reason}])
    after = None if what.by is By.CONTAINS or page.after is None else _place(what, page.after)
    rows = await store.search(connection, what, today, after, page.fetch)
    visible = rows[: page.limit]
    more = len(rows) > page.limit and what.by is not By.CONTAINS
    return Found(
        search=what,
        entries=await _entries(connection, visible, today, book),
        next=encoded(_position(visible[-1])) if more else None,
        is_bounded=what.by is By.CONTAINS,
    )


async def find_one(connection: AsyncConnection, record_id: str, today: date, book: LawInForce) -> PublicEntry | None:
    """One record, if it may be shown today."""
    row = await store.read_entry(connection, record_id, today)
    return None if row is None else (await _entries(connection, [row], today, book))[0]


async def _entries(
    connection: AsyncConnection, rows: Sequence[AnyRow], today: date, book: LawInForce
) -> tuple[PublicEntry, ...]:
    """As the public sees them; the law is asked for only where a class waits for a person (R07)."""
    windows = [from_json(json.loads(row.provenance)) for row in rows]
    if any(window.needs_confirmation for window in windows):
        law = (await book.current(connection)).evaluator
        windows = [one._replace(repair_from_on=promised_repair_from(one, law, today)) for one in windows]
    return tuple(_entry(row, window) for row, window in zip(rows, windows, strict=True))


def _entry(row: AnyRow, window: Window) -> PublicEntry:
    return public_entry(row.record_id, Record.model_validate_json(row.body), window, row.objected_on)


def _position(row: AnyRow) -> Position:
    place = row.position.isoformat() if isinstance(row.position, date) else row.position
    return [place, row.record_id]


def _place(what: Search, position: Position) -> Sequence[Any]:
    match position:
        case [str() as place, str() as record_id] if strip_control(place + record_id) == place + record_id:
            if what.by is not By.NEWEST:
                return place, record_id
            try:
                return date.fromisoformat(place), record_id
            except ValueError:
                pass
    raise Problem(
        MALFORMED, "The cursor cannot be used.", errors=[{"field": "cursor", "reason": "not a cursor of this search"}]
    )
