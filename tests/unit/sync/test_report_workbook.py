"""A report is written and packed beside the event loop: whoever takes one away holds nobody else up."""

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import openpyxl
import pytest
import xlsxwriter

from services.sync.reconciliation.report import workbook
from services.sync.reconciliation.report.gather import Report
from services.sync.reconciliation.report.texts import COLUMNS

AT = datetime(2026, 11, 2, tzinfo=UTC)
RUN = SimpleNamespace(
    run_id="0" * 32, portal="credit_china", district=None, kind="penalty", mode="full", method="listing",
    state="finished", started_at=AT, finished_at=AT, listed=3, unsettled=0, explanation=None,
)  # fmt: skip
REPORT: Any = Report(RUN, [], [])  # type: ignore[arg-type]


class Row:
    """A difference that remembers which threads read it."""

    threads: ClassVar[set[int]] = set()

    def __getattr__(self, name: str) -> str | None:
        self.threads.add(threading.get_ident())
        return None if name == "differences" else ""


async def slices_of(*lengths: int) -> AsyncIterator[Sequence[Any]]:
    for length in lengths:
        yield [Row() for _ in range(length)]


@pytest.fixture
def closed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The threads in which a workbook is packed."""
    threads: list[int] = []
    close = xlsxwriter.Workbook.close

    def noted(book: Any) -> None:
        threads.append(threading.get_ident())
        close(book)

    monkeypatch.setattr(xlsxwriter.Workbook, "close", noted)
    return threads


async def test_rows_are_written_and_the_file_is_packed_beside_the_event_loop(tmp_path: Path, closed: list[int]) -> None:
    Row.threads.clear()
    await workbook.write_workbook(tmp_path / "report.xlsx", REPORT, slices_of(2, 1), "zh")
    assert Row.threads and closed
    assert threading.get_ident() not in {*Row.threads, *closed}
    sheet = openpyxl.load_workbook(tmp_path / "report.xlsx").worksheets[1]
    assert (sheet.max_row, sheet.max_column) == (1 + 3, len(COLUMNS))


async def test_a_report_ends_where_a_sheet_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MOST_ROWS", 4)
    await workbook.write_workbook(tmp_path / "report.xlsx", REPORT, slices_of(3, 3, 3), "en")
    assert openpyxl.load_workbook(tmp_path / "report.xlsx").worksheets[1].max_row == 1 + 4


async def test_a_report_that_fails_leaves_no_open_book(tmp_path: Path, closed: list[int]) -> None:
    async def broken() -> AsyncIterator[Sequence[Any]]:
        yield [Row()]
        raise ConnectionError("the database is away")

    with pytest.raises(ConnectionError):
        await workbook.write_workbook(tmp_path / "report.xlsx", REPORT, broken(), "zh")
    assert len(closed) == 1


async def test_a_book_that_nobody_waits_for_is_closed_after_its_last_row_is_written(
    tmp_path: Path, closed: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    loop, begun, go, done = asyncio.get_running_loop(), asyncio.Event(), threading.Event(), list[int]()

    def slow(*_given: object) -> int:
        loop.call_soon_threadsafe(begun.set)
        go.wait(60)
        done.append(len(closed))
        return 2

    monkeypatch.setattr(workbook, "_write_rows", slow)
    writing = asyncio.create_task(workbook.write_workbook(tmp_path / "report.xlsx", REPORT, slices_of(1), "zh"))
    await asyncio.wait_for(begun.wait(), 60)
    writing.cancel()
    loop.call_soon(lambda: loop.call_soon(go.set))
    [ended] = await asyncio.gather(writing, return_exceptions=True)
    assert isinstance(ended, asyncio.CancelledError)
    assert (done, len(closed)) == ([0], 1)
