"""The list of performance as CSV in pieces: read by pages, each in a look of its own, however long it is."""

from collections.abc import AsyncIterator

from services.disclosure.column.table_file import lines_of, more_lines
from services.disclosure.performances import store
from services.disclosure.performances.domain.standing import Standing
from services.disclosure.performances.views import PerformanceView, view
from shared.database.engine import Database

_PAGE = 1_000
_HEAD = tuple(PerformanceView.model_fields)


async def pieces(database: Database, standing: Standing, region: str | None) -> AsyncIterator[str]:
    """The head, then a piece a page."""
    yield lines_of(_HEAD, ())
    after: str | None = None
    while True:
        async with database.reading() as connection:
            rows = await store.read_page(connection, standing, region, after, _PAGE)
        if not rows:
            return
        yield more_lines(_cells(view(row)) for row in rows)
        after = rows[-1].place


def _cells(one: PerformanceView) -> list[str]:
    values = one.model_dump(mode="json")
    return ["" if values[name] is None else str(values[name]) for name in _HEAD]
