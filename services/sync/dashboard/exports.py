"""Any list of a page as CSV or xlsx: read from its service page by page, with the filters of the address, and on its
way to the browser with the first page.

However long, nothing is kept. A sheet that is full, and a file that broke off, say so in their last row: nothing ends
silently. Who asks by script is told with every piece how many rows it makes, and of how many (`FRAMED`).
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager, closing, suppress
from dataclasses import replace
from typing import Any

from fastapi import Request, Response
from fastapi.responses import StreamingResponse

from services.sync.dashboard.names import names_of
from services.sync.dashboard.page import language, present
from services.sync.dashboard.reading import File, Params, Reader, Reading
from services.sync.dashboard.session import SignInNeeded
from services.sync.dashboard.texts import Translate, translate
from services.sync.dashboard.totals import UNKNOWN, Total, TotalOf, known, told_by
from shared.counted_frames import FRAMED, frame, last_frame
from shared.streamed_tables import Cell, CsvTable, SheetTable, Table

ROWS_A_PAGE = 500

Column = tuple[str, Callable[[Any], object]]
"""Its heading, and what stands in it for one item."""

PageOf = Callable[[str | None], Awaitable[Reading]]
"""The page of a list behind a cursor, 500 rows or less, as `items` and `next`; or the reading that failed."""


def pages_of(reader: Reader, service: str, path: str, params: Params) -> PageOf:
    """The pages of a list of one service."""

    async def page_of(cursor: str | None) -> Reading:
        return await reader.read(service, path, {**params, "limit": ROWS_A_PAGE, "cursor": cursor})

    return page_of


def with_names(reader: Reader, page_of: PageOf, record_of: Callable[[Any], str | None]) -> PageOf:
    """The same pages with what the record of each item is called, under `named`; nothing where that is not known."""

    async def named(cursor: str | None) -> Reading:
        page = await page_of(cursor)
        if not page.ok:
            return page
        names = await names_of(reader, map(record_of, page.data["items"]))
        items = [item | {"named": names.get(record_of(item) or "")} for item in page.data["items"]]
        return replace(page, data=page.data | {"items": items})

    return named


async def list_file(
    request: Request,
    reader: Reader,
    asked: tuple[str, str, Params],
    form: str,
    name: str,
    columns: Sequence[Column],
    *,
    back: str,
) -> Response:
    """A paged list of one service as a file, or what the service said against it."""
    pages, total = pages_of(reader, *asked), told_by(reader, *asked)
    return await pages_file(request, pages, form, name, columns, back=back, total=total)


async def pages_file(
    request: Request,
    page_of: PageOf,
    form: str,
    name: str,
    columns: Sequence[Column],
    *,
    back: str,
    total: TotalOf,
) -> Response:
    """Pages as a file; `form` is `csv` or `xlsx`. What breaks off behind the first page says so in the last row.
    `total` is asked for when there is more than that page."""
    first = await page_of(None)
    if not first.ok:
        return present(request, "refused", {"outcome": first, "back": back}, status=first.status)
    _told_of(first.data["items"][:1], columns)  # what an older service leaves out is missed before the file begins
    total = known(len(first.data["items"])) if first.data["next"] is None else total
    table: Table = CsvTable() if form == "csv" else SheetTable()
    pieces = pieces_of(table, page_of, first, columns, translate(language(request)))
    headers = {"Content-Disposition": f'attachment; filename="{name}.{form}"', "Cache-Control": "private, no-store"}
    if request.headers.get("accept") == FRAMED:
        return StreamingResponse(framed(pieces, total, table.room()), headers=headers, media_type=FRAMED)
    return StreamingResponse(_bare(pieces), headers=headers, media_type=table.media_type)


async def whole_file(
    request: Request, found: Reading, form: str, name: str, columns: Sequence[Column], *, back: str
) -> Response:
    """A list that is not paged as a file."""
    page = replace(found, data={"items": found.data, "next": None}) if found.ok else found

    async def page_of(_cursor: str | None) -> Reading:
        return page

    return await pages_file(request, page_of, form, name, columns, back=back, total=known(0))


Piece = tuple[bytes, int, bool]
"""Bytes of a file, how many rows it has with them, and whether all is well."""


async def pieces_of(
    table: Table, page_of: PageOf, page: Reading, columns: Sequence[Column], t: Translate
) -> AsyncGenerator[Piece, None]:
    """A table from its first page on. Behind its last piece it is whole, or says in its last row why not."""
    told, last_word = 0, ""
    with closing(table):
        yield table.begin([heading for heading, _ in columns]), told, True
        while True:
            room = table.room()
            items = page.data["items"][:room]
            told += len(items)
            yield await asyncio.to_thread(_rows, table, items, columns), told, True
            following = page.data["next"]
            if len(items) < len(page.data["items"]) or (following is not None and len(items) == room):
                last_word = t("common.more_left", n=told)
            elif following is not None:
                page = await _next_page(page_of, page.service, following)
                last_word = "" if page.ok else t("common.broken_off")
            if last_word or following is None:
                break
        if last_word:
            yield table.rows([[last_word]]), told, page.ok
        yield table.end(), told, page.ok


async def _next_page(page_of: PageOf, service: str, cursor: str) -> Reading:
    try:
        return await page_of(cursor)
    except SignInNeeded:
        return Reading(service, why="refused")


def _rows(table: Table, items: Sequence[Mapping[str, Any]], columns: Sequence[Column]) -> bytes:
    return table.rows(_told_of(items, columns))


def _told_of(items: Sequence[Mapping[str, Any]], columns: Sequence[Column]) -> list[list[Cell]]:
    return [[_cell(value(item)) for _, value in columns] for item in items]


async def _bare(pieces: AsyncGenerator[Piece, None]) -> AsyncIterator[bytes]:
    async with aclosing(pieces):
        async for piece, _, _ in pieces:
            if piece:
                yield piece


async def framed(pieces: AsyncGenerator[Piece, None], total_of: TotalOf, room: int | None) -> AsyncIterator[bytes]:
    """The pieces behind their heads; `room` is for how many rows the table has any."""
    latest: Piece = (b"", 0, True)
    async with aclosing(pieces), _counted(total_of) as total:
        async for latest in pieces:
            if latest[0]:
                told = total().within(room)
                yield frame(latest[0], latest[1], told.rows, told.sort)
    if latest[2]:
        yield last_frame(latest[1])


@asynccontextmanager
async def _counted(total_of: TotalOf) -> AsyncIterator[Callable[[], Total]]:
    """What is known of the total at any time while the pieces come. Whatever goes wrong with it stays unknown."""

    async def ask() -> Total:
        with suppress(SignInNeeded):
            return await total_of() or UNKNOWN
        return UNKNOWN

    asking = asyncio.create_task(ask())
    try:
        yield lambda: asking.result() if asking.done() else UNKNOWN
    finally:
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)


def passed_on(request: Request, outcome: File | Reading, *, back: str, disposition: str | None = None) -> Response:
    """A file of a service as a download while it comes, or what the service said against it."""
    if isinstance(outcome, Reading):
        return present(request, "refused", {"outcome": outcome, "back": back}, status=outcome.status)
    headers = {"Content-Disposition": disposition or outcome.disposition, "Cache-Control": "private, no-store"}
    if outcome.length is not None:
        headers["Content-Length"] = outcome.length
    return StreamingResponse(_flowing(outcome), media_type=outcome.media_type, headers=headers)


async def _flowing(file: File) -> AsyncIterator[bytes]:
    """What breaks off half-way ends the connection, so that no browser takes it for whole."""
    try:
        async for piece in file.flow.pieces:
            yield piece
    finally:
        await file.flow.close()


def _cell(value: object) -> Cell:
    """Numbers stay numbers, unless no sheet can hold them."""
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < float("inf"):
        return value
    return "" if value is None else str(value)
