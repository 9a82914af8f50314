"""Tables that are written from front to end: whole for every reader, texts as texts, and never longer than a sheet."""

import io
import zipfile

from openpyxl import load_workbook

from services.sync.dashboard.exports import pieces_of
from services.sync.dashboard.reading import Reading
from services.sync.dashboard.texts import translate
from shared.streamed_tables import CsvTable, DocumentTable, SheetTable, Table


def _whole(table: Table, *pages: list[list[str | int | float]]) -> bytes:
    return b"".join([table.begin(["文书号", "数", "说明"]), *(table.rows(page) for page in pages), table.end()])


def _read(file: bytes) -> list[list[object]]:
    sheet = load_workbook(io.BytesIO(file)).active
    assert sheet is not None
    return [[cell.value for cell in row] for row in sheet.rows]


def test_a_sheet_is_read_back_with_numbers_as_numbers_and_texts_as_texts() -> None:
    file = _whole(
        SheetTable(), [["〔2026〕1号", 1, "=1+1"]], [["a & <b> \u0000\ud800", 2.5, " 两 行\n"], ["", -3, "'"]]
    )
    assert zipfile.ZipFile(io.BytesIO(file)).testzip() is None
    assert _read(file) == [
        ["文书号", "数", "说明"],
        ["〔2026〕1号", 1, "=1+1"],
        ["a & <b> \ufffd\ufffd", 2.5, " 两 行\n"],
        [None, -3, "'"],
    ]
    book = load_workbook(io.BytesIO(file))
    assert book.active is not None and book.active.freeze_panes == "A2"
    assert book.active["C2"].data_type != "f"


def test_a_document_has_its_name_its_lines_above_widths_and_borders() -> None:
    table = DocumentTable("退出名单", ("名单 & 标题", "截至 2027-01-07"), (6, 36, 22))
    file = _whole(table, [["〔2026〕1号", 1, ""], ["=1+1", 2, "乙"]])
    assert zipfile.ZipFile(io.BytesIO(file)).testzip() is None
    assert _read(file) == [
        ["名单 & 标题", None, None],
        ["截至 2027-01-07", None, None],
        ["文书号", "数", "说明"],
        ["〔2026〕1号", 1, None],
        ["=1+1", 2, "乙"],
    ]
    sheet = load_workbook(io.BytesIO(file)).active
    assert sheet is not None and (sheet.title, sheet.freeze_panes) == ("退出名单", "A4")
    assert [sheet.column_dimensions[letter].width for letter in "ABC"] == [6, 36, 22]
    assert (sheet["A1"].font.b, sheet["A1"].font.sz, sheet["A3"].font.b, sheet["A4"].font.b) == (True, 14, True, False)
    assert [sheet[cell].border.left.style for cell in ("A1", "A3", "C4", "B5")] == [None, "thin", "thin", "thin"]
    assert sheet["C5"].alignment.wrap_text and sheet["A5"].data_type == "s"


def test_what_a_spreadsheet_program_would_undo_or_refuse_is_kept_from_it() -> None:
    file = _whole(SheetTable(), [["_x0041_", 1, "长" * 40_000]])
    xml = zipfile.ZipFile(io.BytesIO(file)).read("xl/worksheets/sheet1.xml").decode()
    assert "_x005F_x0041_" in xml
    assert xml.count("长") == 32_767


def test_csv_knows_its_encoding_and_a_leading_sign_is_text() -> None:
    file = _whole(CsvTable(), [["=1+1", -1, "+86"], ["a,b", 1.5, '"'], ["＝1", 2, " @a"]])
    assert file.decode() == ('\ufeff文书号,数,说明\r\n\'=1+1,-1,\'+86\r\n"a,b",1.5,""""\r\n\'＝1,2,\' @a\r\n')


async def _exported(table: Table, pages: int) -> tuple[bytes, int]:
    async def page_of(cursor: str | None) -> Reading:
        at = int(cursor or 0)
        items = [{"n": at * 3 + one} for one in range(3)]
        return Reading("sync", {"items": items, "next": str(at + 1) if at + 1 < pages else None})

    columns = [("数", lambda item: item["n"])]
    pieces = pieces_of(table, page_of, await page_of(None), columns, translate("zh"))
    found = [piece async for piece in pieces]
    return b"".join(piece for piece, _, _ in found), found[-1][1]


async def test_a_sheet_that_is_full_ends_with_a_sentence_and_one_that_just_fits_does_not() -> None:
    for pages, most, rows, more in ((3, 8, 6, True), (3, 9, 7, True), (3, 10, 8, True), (3, 11, 9, False)):
        file, told = await _exported(SheetTable(most), pages)
        read = [row[0] for row in _read(file)]
        assert (read[1 : rows + 1], told) == (list(range(rows)), rows)
        assert (len(read) - 1 - rows, str(read[-1]).startswith("还有更多")) == (int(more), more)
    csv, told = await _exported(CsvTable(), 40)
    assert (told, len(csv.splitlines())) == (120, 121)


async def test_a_table_that_is_left_half_way_holds_nothing_open() -> None:
    async def page_of(_: str | None) -> Reading:
        return Reading("sync", {"items": [{"n": 1}], "next": "again"})

    pieces = pieces_of(SheetTable(), page_of, await page_of(None), [("数", lambda item: item["n"])], translate("zh"))
    for _ in range(5):
        await anext(pieces)
    await pieces.aclose()
