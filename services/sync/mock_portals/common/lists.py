"""What search and lists show: queries over the listed copies, in pages that follow each other by key.

A reader who walks by key meets every record that stays, even while others come and go.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Row, Select, func, or_, select, true, tuple_

from services.sync.mock_portals.common.layout import filing_number
from services.sync.mock_portals.common.store import RecordStore
from services.sync.mock_portals.common.tables import listed

_USCC_LENGTH = 18
_YEAR = re.compile(r"\([0-9]{4}\)")


@dataclass(frozen=True, slots=True)
class Entry:
    """One record on a list, with its values by wire name."""

    key: str
    copy: int
    kind: str
    uscc: str
    fields: Mapping[str, str]

    @property
    def cursor(self) -> str:
        return f"{self.key}.{self.copy}"


@dataclass(frozen=True, slots=True)
class ListPage:
    total: int
    entries: Sequence[Entry]
    has_more: bool


def matching(query: str) -> ColumnElement[bool]:
    """A name (or a part of it), a USCC or a document number."""
    wanted = query.strip()
    if len(wanted) == _USCC_LENGTH and wanted.isascii() and wanted.isalnum():
        return listed.c.uscc == wanted.upper()
    by_number = listed.c.filing_number == filing_number(wanted)
    # A year in brackets means a document number: then the index alone answers.
    if _YEAR.search(filing_number(wanted)):
        return by_number
    return or_(by_number, listed.c.subject_name.contains(wanted, autoescape=True))


def decided_on(day: str) -> ColumnElement[bool]:
    return listed.c.decided_on == day


def everything() -> ColumnElement[bool]:
    return true()


class Lists:
    """Search and lists of one portal."""

    def __init__(self, store: RecordStore) -> None:
        self._store = store

    async def page(self, where: ColumnElement[bool], after: str, size: int, skip: int = 0) -> ListPage:
        """The entries behind a cursor (or after the first `skip`), and how many there are in all."""
        found = select(listed).where(where).offset(skip)
        key, _, copy = after.rpartition(".")
        if key and copy.isdecimal():
            found = found.where(tuple_(listed.c.portal_key, listed.c.copy) > (key, int(copy)))
        await self._store.refresh_lists()
        rows, total = await self._read(found.order_by(listed.c.portal_key, listed.c.copy).limit(size + 1), where)
        return ListPage(total, [_entry(row) for row in rows[:size]], len(rows) > size)

    async def latest(self, count: int) -> tuple[int, list[Entry]]:
        """The newest decisions, for the home page, and how many records there are in all."""
        await self._store.refresh_lists()
        newest = select(listed).order_by(listed.c.decided_on.desc(), listed.c.portal_key).limit(count)
        rows, total = await self._read(newest, true())
        return total, [_entry(row) for row in rows]

    async def enterprises(self, after: str, count: int) -> tuple[int, list[Entry], str | None]:
        """The records of the next `count` enterprises by USCC, the number of all records, and where to go on."""
        await self._store.refresh_lists()
        async with self._store.database.reading() as connection:
            total = await connection.scalar(select(func.count()).select_from(listed))
            codes = select(listed.c.uscc).where(listed.c.uscc > after).distinct().order_by(listed.c.uscc)
            chosen = list(await connection.scalars(codes.limit(count + 1)))
            here = listed.c.uscc.in_(chosen[:count])
            rows = await connection.execute(select(listed).where(here).order_by(listed.c.uscc, listed.c.portal_key))
        return total or 0, [_entry(row) for row in rows], chosen[count - 1] if len(chosen) > count else None

    async def all_entries(self) -> list[Entry]:
        """Everything at one instant, for an export."""
        await self._store.refresh_lists()
        async with self._store.database.reading() as connection:
            rows = await connection.execute(select(listed).order_by(listed.c.portal_key, listed.c.copy))
            return [_entry(row) for row in rows]

    async def _read(
        self, entries: Select[tuple[object, ...]], counted: ColumnElement[bool]
    ) -> tuple[Sequence[Row[tuple[object, ...]]], int]:
        """Entries and total in one statement: each further one costs as much as a page to render."""
        total = select(func.count()).select_from(listed).where(counted).correlate(None)
        async with self._store.database.reading() as connection:
            rows = (await connection.execute(entries.add_columns(total.scalar_subquery().label("total")))).all()
            if rows:
                return rows, rows[0].total
            return rows, await connection.scalar(total) or 0


def _entry(row: Row[tuple[object, ...]]) -> Entry:
    return Entry(row.portal_key, row.copy, row.kind, row.uscc, json.loads(row.fields))
