"""Lists as cursor pages: stable while rows come and go, and never an unbounded answer.

A cursor is opaque to callers; inside it are the sort values of the last row they saw. Endpoints look like this:

    rows = await store.newest(connection, after=page.after, limit=page.fetch)
    return page_of(rows, page, position=lambda row: [row.record_id], shown=RecordView.of)
"""

import base64
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Depends, Query
from pydantic import BaseModel, Field

from shared.errors import MALFORMED, Problem

MOST_ITEMS = 500
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")

Row = TypeVar("Row")
View = TypeVar("View")
Position = list[str | int]


@dataclass(frozen=True)
class PageRequest:
    """How many items, and after which position; `None` means from the beginning."""

    limit: int
    after: Position | None

    @property
    def fetch(self) -> int:
        """Rows to select: one more than shown tells whether there is a next page."""
        return self.limit + 1


class Page(BaseModel, Generic[View]):
    """One page. Pass `next` as `cursor` to go on; it is null on the last page."""

    items: list[View]
    next: str | None = Field(description="Cursor of the following page.")


async def _page_request(
    limit: Annotated[int, Query(ge=1, le=MOST_ITEMS, description="Items a page.")] = 50,
    cursor: Annotated[str | None, Query(max_length=1000, description="`next` of the page before.")] = None,
) -> PageRequest:
    return PageRequest(limit, None if cursor is None else decoded(cursor))


Paged = Annotated[PageRequest, Depends(_page_request)]
"""The type of an endpoint's parameter that takes `limit` and `cursor`."""

_OF_NO_LIST: Position = [""]


async def _visitors_request(
    limit: Annotated[int, Query(ge=1, le=MOST_ITEMS, description="Items a page.")] = 50,
    cursor: Annotated[str | None, Query(max_length=1000, description="`next` of the page before.")] = None,
) -> PageRequest:
    try:
        return await _page_request(limit, cursor)
    except Problem:
        return PageRequest(limit, _OF_NO_LIST)


VisitorsPaged = Annotated[PageRequest, Depends(_visitors_request)]
"""The same for a page that people read: a mangled cursor is one of another list, of which the page speaks itself."""


def page_of(
    rows: Sequence[Row], page: PageRequest, *, position: Callable[[Row], Position], shown: Callable[[Row], View]
) -> Page[View]:
    """A page from up to `page.fetch` rows."""
    visible = rows[: page.limit]
    more = len(rows) > page.limit
    return Page(items=[shown(row) for row in visible], next=encoded(position(visible[-1])) if more else None)


def encoded(position: Position) -> str:
    text = json.dumps(position, ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode("ascii").rstrip("=")


def decoded(cursor: str) -> Position:
    """The position in a cursor, or the problem that it is not one of ours."""
    try:
        position: Any = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError:
        position = None
    if not isinstance(position, list) or not position or not all(map(_can_be_stored, position)):
        raise foreign_cursor()
    return position


def foreign_cursor() -> Problem:
    """That a cursor is none of ours, or of another list."""
    reason = "not a cursor that this service gave out"
    return Problem(MALFORMED, "The cursor cannot be used.", errors=[{"field": "cursor", "reason": reason}])


def _can_be_stored(part: object) -> bool:
    """What a database can compare: anything else would turn an invented cursor into a failure of ours."""
    if type(part) is str:
        return not _UNSTORABLE.search(part)
    return type(part) is int and -(2**63) <= part < 2**63
