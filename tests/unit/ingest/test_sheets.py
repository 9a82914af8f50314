"""Lists that people take away: a text that a spreadsheet would run stays a text, in a CSV and in a workbook."""

import csv
import io

import openpyxl

from services.ingest.sheets import csv_of, xlsx_of

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
