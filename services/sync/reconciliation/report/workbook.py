"""The report as a workbook (xlsx), row by row in constant memory. Texts stay texts: no cell is ever a formula."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

from services.sync.reconciliation.explanations import Lang, in_language
from services.sync.reconciliation.report.cells import cells, when
from services.sync.reconciliation.report.gather import Report
from services.sync.reconciliation.report.texts import COLUMNS, NUMBERS, TEXTS, state_word, word
from shared.database.types import AnyRow
from shared.workbooks import workbook

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_ROWS = 1_000_000
"""A sheet holds 1,048,576 rows."""

_WIDTH = 22


async def write_workbook(path: Path, report: Report, slices: AsyncIterator[Sequence[AnyRow]], lang: Lang) -> None:
    """One sheet with the numbers, one with the rows. Rows are written, and the file is packed, beside the event loop:
    100,000 rows held everybody else up for half a second."""
    book = workbook(path, tmpdir=str(path.parent))
    try:
        _summary(book, report, lang)
        sheet = _rows_sheet(book, lang)
        line = 1
        async for rows in slices:
            line = await _beside(_write_rows, sheet, line, rows[: MOST_ROWS + 1 - line], lang)
            if line > MOST_ROWS:
                break
    finally:
        await _beside(book.close)


async def _beside(do: Callable[..., Any], *given: Any) -> Any:
    """In a thread, and not left before that is done: a book must not be closed while somebody still writes in it."""
    running = asyncio.ensure_future(asyncio.to_thread(do, *given))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait([running])
        raise


def _rows_sheet(book: Any, lang: Lang) -> Any:
    sheet = book.add_worksheet(TEXTS[lang]["rows"][:31])
    sheet.set_column(0, len(COLUMNS) - 1, _WIDTH)
    sheet.freeze_panes(1, 0)
    bold = book.add_format({"bold": True, "text_wrap": True})
    for at, name in enumerate(COLUMNS):
        sheet.write_string(0, at, TEXTS[lang][name], bold)
    return sheet


def _write_rows(sheet: Any, line: int, rows: Sequence[AnyRow], lang: Lang) -> int:
    """From this line on; the line behind them."""
    for row in rows:
        for at, value in enumerate(cells(row, lang)):
            sheet.write_string(line, at, value)
        line += 1
    return line


def _summary(book: Any, report: Report, lang: Lang) -> None:
    t, run = TEXTS[lang], report.run
    sheet = book.add_worksheet(t["by_kind"][:31])
    sheet.set_column(0, len(NUMBERS), _WIDTH)
    bold = book.add_format({"bold": True})
    facts = (
        (t["title"], ""),
        (t["run_id"], run.run_id),
        (t["portal"], word(lang, run.portal)),
        (t["district"], run.district or t["all"]),
        (t["scope_kind"], word(lang, run.kind) or t["all"]),
        (t["mode"], word(lang, run.mode)),
        (t["method"], word(lang, run.method)),
        (t["state"], state_word(lang, run.state)),
        (t["started_at"], when(run.started_at)),
        (t["finished_at"], when(run.finished_at)),
        (t["listed"], str(run.listed)),
        (t["unsettled"], str(run.unsettled)),
        (t["explanation"], in_language(run.explanation, lang) or ""),
    )
    for line, (name, value) in enumerate(facts):
        sheet.write_string(line, 0, name, bold)
        sheet.write_string(line, 1, value)
    line = len(facts) + 1
    for at, name in enumerate(("kind", *NUMBERS)):
        sheet.write_string(line, at, t[name], bold)
    for row in report.kinds:
        line += 1
        sheet.write_string(line, 0, word(lang, row.kind))
        for at, name in enumerate(NUMBERS, start=1):
            sheet.write_number(line, at, getattr(row, name))
    line += 1
    sheet.write_string(line, 0, t["total"], bold)
    for at, name in enumerate(NUMBERS, start=1):
        sheet.write_number(line, at, report.total(name))
