"""Large files for imports that are killed: the rows of the bench, as CSV or as a workbook, written row by row."""

import csv
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

import xlsxwriter

from tests.bench.rows import COLUMNS, row


def write_csv(path: Path, numbers: range, today: date) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(row(number, today).values() for number in numbers)


def write_xlsx(path: Path, numbers: range, today: date) -> None:
    """Texts stand within their cells, as of a program that writes row by row."""
    with xlsxwriter.Workbook(path, {"constant_memory": True, "tmpdir": str(path.parent)}) as book:
        page = book.add_worksheet("处罚")
        page.write_row(0, 0, COLUMNS)
        for line, number in enumerate(numbers, start=1):
            page.write_row(line, 0, row(number, today).values())


WRITERS: Mapping[str, Callable[[Path, range, date], None]] = {"csv": write_csv, "xlsx": write_xlsx}
