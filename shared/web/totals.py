"""How many items a list has in all, for whoever reads it to its end: asked for by `total=true`, never told otherwise.

Counting stops at five million: a million took 40 to 70 ms of SQLite, 130 to 260 ms of a busy PostgreSQL. Endpoints
look like this:

    total = await total_of(connection, store.asked_for(which)) if counted else None
    return with_total(page_of(rows, page, position=…, shown=…), total)
"""

from typing import Annotated, Any, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel, Field
from sqlalchemy import Select, func, select

from shared.database.connection import AsyncConnection
from shared.web.pagination import Page

MOST_COUNTED = 5_000_000

View = TypeVar("View")

Counted = Annotated[
    bool, Query(alias="total", description="Also say how many items the whole list has; counted up to 5,000,000.")
]
"""The type of an endpoint's parameter that says whether the total is asked for."""


class Total(BaseModel):
    """How many items the whole list has; with `or_more` there are more, and nobody counted further."""

    items: int
    or_more: bool


class CountedPage(Page[View], Generic[View]):
    """A page of a list that can be counted."""

    total: Total | None = Field(default=None, description="Only when it was asked for.")


async def total_of(connection: AsyncConnection, chosen: Select[Any], most: int = MOST_COUNTED) -> Total:
    """Count what a query without order and limit finds."""
    found = await connection.scalar(select(func.count()).select_from(chosen.limit(most + 1).subquery("found")))
    return Total(items=min(found or 0, most), or_more=(found or 0) > most)


def with_total(page: Page[View], total: Total | None) -> CountedPage[View]:
    return CountedPage(items=page.items, next=page.next, total=total)
