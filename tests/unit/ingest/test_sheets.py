"""Lists that people take away: a text that a spreadsheet would run stays a text, in a CSV and in a workbook."""

import csv
import io

import openpyxl

from services.ingest.sheets import MORE_LEFT, ROWS_A_PAGE, Pages, csv_of, pages_of, streamed, xlsx_of
from shared.streamed_tables import CsvTable, SheetTable, Table

ODD = ["=1+1", "+86", "-1", "@cmd", "\t=1", "＝1", ' =HYPERLINK("http://a")']
PLAIN = ["常州样例有限公司", "a=b", ""]


def test_no_cell_of_a_csv_begins_a_formula() -> None:
    rows = list(csv.reader(io.StringIO(csv_of(["列"] * 2, [[odd, 7] for odd in ODD + PLAIN]).decode("utf-8-sig"))))
    assert [row[0] for row in rows[1:]] == [f"'{odd}" for odd in ODD] + PLAIN
    assert {row[1] for row in rows[1:]} == {"7"}


def test_no_cell_of_a_workbook_is_a_formula() -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(xlsx_of("标题", ["列", "数"], [[odd, 7] for odd in ODD + PLAIN]))).active
    assert sheet is not None
    cells = [row[0] for row in sheet.iter_rows(min_row=3)]
    assert [cell.value or "" for cell in cells] == ODD + PLAIN
    assert {cell.data_type for cell in cells} <= {"s", "n"}


async def _listed(number: int) -> Pages:
    async def read(last: int | None, limit: int) -> list[int]:
        first = 0 if last is None else last + 1
        return list(range(first, min(first + limit, number)))

    async for page in pages_of(read, lambda one: ["=1", one, None]):
        yield page


async def _file(table: Table, number: int) -> bytes:
    return b"".join([piece async for piece in streamed(table, ["列", "数", "空"], _listed(number))])


async def test_a_list_is_streamed_to_its_end_whatever_its_pages_end_on() -> None:
    for number in (0, 1, ROWS_A_PAGE, ROWS_A_PAGE + 1, 2 * ROWS_A_PAGE):
        lines = list(csv.reader(io.StringIO((await _file(CsvTable(), number)).decode("utf-8-sig"))))
        assert lines == [["列", "数", "空"], *(["'=1", str(one), ""] for one in range(number))]


async def test_a_streamed_sheet_has_its_title_and_says_when_it_is_full() -> None:
    for number, most, rows in ((3, 6, 3), (3, 5, 2), (ROWS_A_PAGE + 2, ROWS_A_PAGE + 4, ROWS_A_PAGE + 1)):
        file = await _file(SheetTable(most, title="标题"), number)
        sheet = openpyxl.load_workbook(io.BytesIO(file), read_only=True).active
        assert sheet is not None
        read = [list(row) for row in sheet.iter_rows(values_only=True)]
        assert [read[0][0], read[1]] == ["标题", ["列", "数", "空"]]
        assert [row[1] for row in read[2 : rows + 2]] == list(range(rows))
        assert [row[0] for row in read[rows + 2 :]] == ([] if rows == number else [MORE_LEFT])
