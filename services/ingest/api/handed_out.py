"""Hands out a list of any length as a file while it is read: CSV, or xlsx up to what a sheet holds."""

from collections.abc import Sequence
from typing import Literal

from fastapi.responses import StreamingResponse

from services.ingest.sheets import CellValue, Pages, streamed
from shared.streamed_tables import CsvTable, SheetTable, Table

Form = Literal["csv", "xlsx"]


async def handed_out(form: Form, name: str, title: str, head: Sequence[str], pages: Pages) -> StreamingResponse:
    """The first page is read before anything is sent: what cannot be read is answered with a problem, not with a torn
    file."""
    table: Table = CsvTable() if form == "csv" else SheetTable(title=title)
    first = await anext(pages, None)
    headers = {"Content-Disposition": f'attachment; filename="{name}.{form}"'}
    pieces = streamed(table, head, _from(first, pages))
    return StreamingResponse(pieces, headers=headers, media_type=table.media_type)


async def _from(first: Sequence[Sequence[CellValue]] | None, rest: Pages) -> Pages:
    if first is not None:
        yield first
        async for page in rest:
            yield page
