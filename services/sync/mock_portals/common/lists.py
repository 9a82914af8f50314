"""What search and lists show: queries over the listed copies, in pages that follow each other by key.

A reader who walks by key meets every record that stays, even while others come and go.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache

from sqlalchemy import Row, Select, bindparam, func, or_, select, true, tuple_

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


class _By(StrEnum):
    EVERYTHING = "everything"
    DAY = "day"
    USCC = "uscc"
    NUMBER = "number"
    NUMBER_OR_NAME = "number or name"


@dataclass(frozen=True)
class Wanted:
    """Which entries, by a condition of a few and its values."""

    by: _By
    values: Mapping[str, str] = field(default_factory=dict)


def matching(query: str) -> Wanted:
    """A name (or a part of it), a USCC or a document number."""
    wanted = query.strip()
    if len(wanted) == _USCC_LENGTH and wanted.isascii() and wanted.isalnum():
        return Wanted(_By.USCC, {"of_uscc": wanted.upper()})
    number = filing_number(wanted)
    # A year in brackets means a document number: then the index alone answers.
    if _YEAR.search(number):
        return Wanted(_By.NUMBER, {"of_number": number})
    literally = re.sub(r"[/%_]", r"/\g<0>", wanted)
    return Wanted(_By.NUMBER_OR_NAME, {"of_number": number, "of_name": f"%{literally}%"})


def decided_on(day: str) -> Wanted:
    return Wanted(_By.DAY, {"of_day": day})


def everything() -> Wanted:
    return Wanted(_By.EVERYTHING)


class Lists:
    """Search and lists of one portal."""

    def __init__(self, store: RecordStore) -> None:
        self._store = store

    async def page(self, wanted: Wanted, after: str, size: int, skip: int = 0) -> ListPage:
        """The entries behind a cursor (or after the first `skip`), and how many there are in all."""
        key, _, copy = after.rpartition(".")
        behind = bool(key) and copy.isdecimal()
        values: dict[str, str | int] = {**wanted.values, "most": size + 1, "skipped": skip}
        if behind:
            values |= {"behind_key": key, "behind_copy": int(copy)}
        await self._store.refresh_lists()
        async with self._store.database.reading() as connection:
            rows = (await connection.execute(_page(wanted.by, behind=behind), values)).all()
            total = rows[0].total if rows else 0
            if not rows and (behind or skip):
                total = await connection.scalar(_count(wanted.by), wanted.values) or 0
        return ListPage(total, [_entry(row) for row in rows[:size]], len(rows) > size)

    async def latest(self, count: int) -> tuple[int, list[Entry]]:
        """The newest decisions, for the home page, and how many records there are in all."""
        await self._store.refresh_lists()
        newest = select(listed).order_by(listed.c.decided_on.desc(), listed.c.portal_key).limit(count)
        async with self._store.database.reading() as connection:
            rows = (await connection.execute(_counted(newest, _By.EVERYTHING))).all()
        return rows[0].total if rows else 0, [_entry(row) for row in rows]

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


_BY_NUMBER = listed.c.filing_number == bindparam("of_number")
_CONDITIONS = {
    _By.EVERYTHING: true(),
    _By.DAY: listed.c.decided_on == bindparam("of_day"),
    _By.USCC: listed.c.uscc == bindparam("of_uscc"),
    _By.NUMBER: _BY_NUMBER,
    _By.NUMBER_OR_NAME: or_(_BY_NUMBER, listed.c.subject_name.like(bindparam("of_name"), escape="/")),
}


@cache
def _page(by: _By, *, behind: bool) -> Select[tuple[object, ...]]:
    """Made once for each condition: building it takes longer than carrying it out for a page."""
    found = select(listed).where(_CONDITIONS[by])
    if behind:
        cursor = tuple_(
            bindparam("behind_key", type_=listed.c.portal_key.type), bindparam("behind_copy", type_=listed.c.copy.type)
        )
        found = found.where(tuple_(listed.c.portal_key, listed.c.copy) > cursor)
    found = found.order_by(listed.c.portal_key, listed.c.copy).limit(bindparam("most")).offset(bindparam("skipped"))
    return _counted(found, by)


def _counted(entries: Select[tuple[object, ...]], by: _By) -> Select[tuple[object, ...]]:
    """Entries and total in one statement: each further one costs as much as a page to render."""
    return entries.add_columns(_count(by).correlate(None).scalar_subquery().label("total"))


@cache
def _count(by: _By) -> Select[int]:
    return select(func.count()).select_from(listed).where(_CONDITIONS[by])


def _entry(row: Row[tuple[object, ...]]) -> Entry:
    return Entry(row.portal_key, row.copy, row.kind, row.uscc, json.loads(row.fields))
