"""`/v1/policy/comparisons/{id}/changes`: every record that other packs would change, by pages or as one file."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from services.disclosure.api.desk import Desk
from services.disclosure.column.table_file import MEDIA_TYPE, lines_of, more_lines
from services.disclosure.policy.changes import store
from services.disclosure.policy.store import find_comparison
from shared.database.connection import AsyncConnection
from shared.database.engine import Database
from shared.database.types import AnyRow
from shared.errors import CONFLICT, MALFORMED, NOT_FOUND, Problem
from shared.policy.compare import ChangeKind
from shared.vocabulary import Audience
from shared.web.auth import requires
from shared.web.caller import Caller
from shared.web.identifier import identifier
from shared.web.pagination import Paged, Position, page_of
from shared.web.scopes import Scope
from shared.web.totals import Counted, CountedPage, total_of, with_total

router = APIRouter(prefix="/v1/policy/comparisons/{comparison_id}", tags=["policy"])

Reader = Annotated[Caller, requires(Scope.DISCLOSURE_READ)]
_PIECE = 5_000


class ChangeView(BaseModel):
    """One audience of one record, with its last lawful day and its rule before and after."""

    record_id: str
    city: str
    audience: Audience
    kinds: list[ChangeKind]
    closes_on: date | None
    new_closes_on: date | None
    rule_id: str
    new_rule_id: str


async def _which(
    city: Annotated[str | None, Query(max_length=12, description="Division code of a city.")] = None,
    kind: Annotated[ChangeKind | None, Query(description="Only those that change in this way.")] = None,
    audience: Annotated[Audience | None, Query(description="Only those of this audience.")] = None,
) -> store.Which:
    return store.Which(city, kind, audience)


Which = Annotated[store.Which, Depends(_which)]


@router.get("/changes", summary="The records that other packs would change")
async def get_changes(
    comparison_id: str, _caller: Reader, desk: Desk, page: Paged, which: Which, counted: Counted = False
) -> CountedPage[ChangeView]:
    """All of them, in the order in which they were found, once the comparison is done."""
    after = _place(page.after)
    async with desk.database.reading() as connection:
        await _must_be_done(connection, comparison_id)
        rows = await store.read(connection, comparison_id, which, after, page.fetch)
        total = await total_of(connection, store.all_of(comparison_id, which)) if counted else None
    return with_total(page_of(rows, page, position=lambda row: [row.place], shown=_view), total)


@router.get("/changes.csv", summary="The same whole, as CSV", response_class=StreamingResponse)
async def get_changes_csv(comparison_id: str, _caller: Reader, desk: Desk, which: Which) -> StreamingResponse:
    """Read and written in pieces, however many there are."""
    async with desk.database.reading() as connection:
        await _must_be_done(connection, comparison_id)
    headers = {"Content-Disposition": f'attachment; filename="comparison-{comparison_id}.csv"'}
    return StreamingResponse(_pieces(desk.database, comparison_id, which), headers=headers, media_type=MEDIA_TYPE)


async def _must_be_done(connection: AsyncConnection, comparison_id: str) -> None:
    row = await find_comparison(connection, identifier(comparison_id))
    if row is None:
        raise Problem(NOT_FOUND, "There is no comparison with this identifier.")
    if row.finished_at is None:
        raise Problem(CONFLICT, "The comparison is not finished: its changes are not whole yet.")


async def _pieces(database: Database, comparison_id: str, which: store.Which) -> AsyncIterator[str]:
    names = tuple(ChangeView.model_fields)
    yield lines_of(names, ())
    after: int | None = None
    while True:
        async with database.reading() as connection:
            rows = await store.read(connection, comparison_id, which, after, _PIECE)
        if not rows:
            return
        yield more_lines([_cell(row, name) for name in names] for row in rows)
        after = rows[-1].place


def _cell(row: AnyRow, name: str) -> str:
    if name == "kinds":
        return "、".join(store.kinds_of(row))
    value = getattr(row, name)
    return "" if value is None else str(value)


def _view(row: AnyRow) -> ChangeView:
    return ChangeView(**{**row._mapping, "kinds": store.kinds_of(row)})


def _place(position: Position | None) -> int | None:
    if position is None:
        return None
    if len(position) != 1 or not isinstance(position[0], int):
        reason = "not a cursor of this list"
        raise Problem(MALFORMED, "The cursor cannot be used.", errors=[{"field": "cursor", "reason": reason}])
    return position[0]
