"""Any list of a page as CSV or xlsx: read from its service page by page, with the filters of the address.

Texts stay texts whatever they begin with. A workbook longer than the limit, and a file that broke off, say so in their
last row: nothing ends silently.
"""

import asyncio
import csv
import io
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from fastapi import Request, Response
from fastapi.responses import StreamingResponse

from services.sync.dashboard.page import language, present
from services.sync.dashboard.reading import File, Params, Reader, Reading
from services.sync.dashboard.session import SignInNeeded
from services.sync.dashboard.texts import Translate, translate
from shared.workbooks import workbook

MOST_ROWS = 20_000
_PAGE = 500
_MARK = b"\xef\xbb\xbf"
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")

Column = tuple[str, Callable[[Any], object]]
"""Its heading, and what stands in it for one item."""


async def read_rows(reader: Reader, service: str, path: str, params: Params) -> tuple[list[Any], bool] | Reading:
    """All items of a paged list up to the limit, and whether there are more; or the reading that failed."""
    items: list[Any] = []
    cursor: str | None = None
    while True:
        reading = await reader.read(service, path, {**params, "limit": _PAGE, "cursor": cursor})
        if not reading.ok:
            return reading
        items += reading.data["items"]
        cursor = reading.data["next"]
        if cursor is None or len(items) >= MOST_ROWS:
            return items[:MOST_ROWS], cursor is not None


async def table_file(
    form: str, name: str, columns: Sequence[Column], items: Sequence[Any], more: bool, t: Translate
) -> Response:
    """The rows as a download; `form` is `csv` or `xlsx`."""
    rows = [[_cell(value(item)) for _, value in columns] for item in items]
    if more:
        rows.append([t("common.more_left", n=MOST_ROWS)])
    headings = [heading for heading, _ in columns]
    body = await asyncio.to_thread(_csv if form == "csv" else _xlsx, headings, rows)
    media = "text/csv; charset=utf-8" if form == "csv" else _XLSX
    return Response(body, media_type=media, headers={"Content-Disposition": f'attachment; filename="{name}.{form}"'})


async def whole_csv(
    reader: Reader, asked: tuple[str, str, Params], name: str, columns: Sequence[Column], t: Translate
) -> Response | Reading:
    """A paged list without a limit, written while it is read; or the reading of its first page that failed. What breaks
    off later says so in the last row."""
    service, path, params = asked
    first = await reader.read(service, path, {**params, "limit": _PAGE})
    if not first.ok:
        return first
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    pieces = _pieces(reader, asked, first, columns, t)
    return StreamingResponse(pieces, headers=headers, media_type="text/csv; charset=utf-8")


async def _pieces(
    reader: Reader, asked: tuple[str, str, Params], page: Reading, columns: Sequence[Column], t: Translate
) -> AsyncIterator[bytes]:
    service, path, params = asked
    yield _MARK + _csv_lines([[heading for heading, _ in columns]])
    while True:
        yield _csv_lines([_cell(value(item)) for _, value in columns] for item in page.data["items"])
        if page.data["next"] is None:
            return
        try:
            page = await reader.read(service, path, {**params, "limit": _PAGE, "cursor": page.data["next"]})
        except SignInNeeded:
            page = Reading(service, why="refused")
        if not page.ok:
            yield _csv_lines([[t("common.broken_off")]])
            return


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
    """A paged list as a file, or what the service said against it. A CSV is on its way with the first page, all of it,
    so that the browser shows how it grows; a workbook is whole only at its end, and therefore limited."""
    t = translate(language(request))
    if form == "csv":
        return passed(request, await whole_csv(reader, asked, name, columns, t), back=back)
    found = await read_rows(reader, *asked)
    if isinstance(found, Reading):
        return passed(request, found, back=back)
    return await table_file(form, name, columns, found[0], found[1], t)


def passed(request: Request, outcome: Response | Reading, *, back: str) -> Response:
    """A file that was made here, or what the service said against it."""
    if isinstance(outcome, Reading):
        return present(request, "refused", {"outcome": outcome, "back": back}, status=outcome.status)
    return outcome


def passed_on(request: Request, outcome: File | Reading, *, back: str) -> Response:
    """A file of a service as a download, or what the service said against it."""
    if isinstance(outcome, Reading):
        return present(request, "refused", {"outcome": outcome, "back": back}, status=outcome.status)
    headers = {"Content-Disposition": outcome.disposition, "Cache-Control": "private, no-store"}
    return Response(outcome.body, media_type=outcome.media_type, headers=headers)


_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _cell(value: object) -> str | int | float:
    return (
        value if isinstance(value, int | float) and not isinstance(value, bool) else "" if value is None else str(value)
    )


def _csv(headings: Sequence[str], rows: Sequence[Sequence[str | int | float]]) -> bytes:
    """With a byte-order mark, by which spreadsheet programs know the encoding; a leading sign becomes text."""
    return _MARK + _csv_lines([headings]) + _csv_lines(rows)


def _csv_lines(rows: Iterable[Sequence[str | int | float]]) -> bytes:
    target = io.StringIO()
    csv.writer(target).writerows(
        [f"'{cell}" if isinstance(cell, str) and cell.startswith(_DANGEROUS) else cell for cell in row] for row in rows
    )
    return target.getvalue().encode()


def _xlsx(headings: Sequence[str], rows: Sequence[Sequence[str | int | float]]) -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "table.xlsx"
        with workbook(path) as book:
            sheet = book.add_worksheet()
            sheet.freeze_panes(1, 0)
            for at, row in enumerate([headings, *rows]):
                sheet.write_row(at, 0, row)
        return path.read_bytes()
