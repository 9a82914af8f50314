"""Workbooks as people make them: merged, hidden, computed, dated; and what a spreadsheet has already spoiled."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from services.ingest.files import FileLimits, FileRefused
from shared.vocabulary import RecordKind
from tests.support.source_files import NAMES, TITLES, changed, read, row, table, workbook

SHEET = "xl/worksheets/sheet1.xml"
FORMATS = ["yyyy-mm-dd", "yyyy/m/d", 'yyyy"年"m"月"d"日"', "[$-804]yyyy/m/d;@", "m/d/yy h:mm", 14, 31]


def one_sheet(*rows: Any, **options: Any) -> bytes:
    return workbook(("公示", table([TITLES, *rows])), **options)


@pytest.mark.parametrize("options", [{}, {"constant_memory": True}])
def test_a_sheet_reads_as_it_was_typed(tmp_path: Path, options: dict[str, Any]) -> None:
    cells = row(1, 违法事实="第一行\n<第二>&行 '\"_x0041_", 处罚内容="=1+1")
    found = read(tmp_path, one_sheet(cells, row(2), **options), "公示.xlsx")
    assert found.texts() == [tuple(cells), tuple(row(2))]
    assert [(one.number, one.sheet, one.line, one.faults) for one in found.rows] == [
        (1, "公示", 2, ()),
        (2, "公示", 3, ()),
    ]
    assert (found.format, found.kind, found.columns, found.noted) == ("xlsx", "penalty", NAMES, ["missing_columns"])


@pytest.mark.parametrize("number_format", FORMATS)
@pytest.mark.parametrize("since_1904", [False, True])
def test_days_are_read_whatever_they_look_like(tmp_path: Path, number_format: str | int, since_1904: bool) -> None:
    def fill(book: Any, sheet: Any) -> None:
        table([TITLES, row(1)])(book, sheet)
        sheet.write_datetime(
            1, 5, datetime(2026, 10, 30, 14, 30, tzinfo=UTC), book.add_format({"num_format": number_format})
        )

    found = read(tmp_path, workbook(("s", fill), date_1904=since_1904, remove_timezone=True), "a.xlsx")
    assert found.texts("CF_JDRQ") == [("2026-10-30",)]


@pytest.mark.parametrize(("since_1904", "number"), [(False, 46_325), (True, 44_863)])
def test_a_day_without_the_form_of_a_day_is_left_or_named(tmp_path: Path, since_1904: bool, number: int) -> None:
    cells = [*row(1)[:5], number]
    [(text,)] = read(tmp_path, workbook(("s", table([TITLES, cells])), date_1904=since_1904), "a.xlsx").texts("CF_JDRQ")
    assert text == ("2026-10-30" if since_1904 else "46325")


@pytest.mark.parametrize(
    ("cell", "text"),
    [(6, "6"), (6.5, "6.5"), (0.1 + 0.2, "0.3"), (1.1, "1.1"), (-3, "-3"), (1e-7, "0.0000001"), (True, "TRUE"),
     (123_456_789_012_345, "123456789012345"), (20_261_030, "20261030"), (1234.5678, "1234.5678")],
)  # fmt: skip
def test_numbers_are_what_people_see(tmp_path: Path, cell: Any, text: str) -> None:
    assert read(tmp_path, one_sheet([*row(1)[:4], cell]), "a.xlsx").texts("CF_NR") == [(text,)]


def test_a_code_that_became_a_number_has_lost_its_end(tmp_path: Path) -> None:
    found = read(tmp_path, one_sheet(row(1), [*row(2)[:1], 913206001234567890, *row(2)[2:]], row(3)), "a.xlsx")
    assert found.faults == {2: [("lost_digits", "CF_XDR_SHXYM")]}
    assert "format the column as text" in found.rows[1].faults[0].advice.lower()


def test_formulas_are_read_by_their_value_and_stop_the_row_without_one(tmp_path: Path) -> None:
    def fill(book: Any, sheet: Any) -> None:
        table([TITLES, row(1), row(2), row(3), row(4)])(book, sheet)
        sheet.write_formula(1, 4, '="罚款"&A1', None, "罚款6万元")
        sheet.write_formula(2, 4, "=1+1", None, 2)
        sheet.write_formula(3, 4, "=A1", None, "")
        sheet.write_formula(4, 4, "=1/0", None, "#DIV/0!")

    content = changed(workbook(("s", fill)), {SHEET: lambda text: text.replace('"E4">', '"E4" t="str">')})
    found = read(tmp_path, content, "a.xlsx")
    assert found.texts("CF_NR")[:3] == [("罚款6万元",), ("2",), ("",)]
    assert found.faults == {4: [("error_value", "CF_NR")]}


def test_a_formula_that_was_never_computed_stops_its_row(tmp_path: Path) -> None:
    def fill(book: Any, sheet: Any) -> None:
        table([[*TITLES, "承办人"], row(1), row(2)])(book, sheet)
        sheet.write_formula(1, 4, "=1+1")
        sheet.write_formula(2, 6, "=1+1")

    content = changed(workbook(("s", fill)), {SHEET: lambda text: text.replace("<v>0</v>", "<v></v>")})
    assert read(tmp_path, content, "a.xlsx").faults == {1: [("formula_without_value", "CF_NR")]}


def test_merged_cells_have_the_value_of_the_first(tmp_path: Path) -> None:
    def fill(book: Any, sheet: Any) -> None:
        table([["处罚公示表"], TITLES, row(1), row(2), row(3), row(4)])(book, sheet)
        plain = book.add_format()
        sheet.merge_range(0, 0, 0, 5, "处罚公示表", plain)
        sheet.merge_range(2, 0, 4, 0, "南通样例集团", plain)
        sheet.merge_range(4, 3, 5, 4, "同上", plain)
        sheet.merge_range(6, 0, 7, 5, "", plain)

    found = read(tmp_path, workbook(("s", fill)), "a.xlsx")
    names = ("CF_XDR_MC", "CF_SY", "CF_NR")
    assert [one.line for one in found.rows] == [3, 4, 5, 6]
    assert found.texts(*names) == [
        ("南通样例集团", row(1)[3], row(1)[4]),
        ("南通样例集团", row(2)[3], row(2)[4]),
        ("南通样例集团", "同上", "同上"),
        (row(4)[0], "同上", "同上"),
    ]
    assert "merged_cells" in found.noted


def test_a_header_of_two_rows_with_merged_groups_is_found(tmp_path: Path) -> None:
    def fill(book: Any, sheet: Any) -> None:
        table([["", "", "", "处罚", "", ""], ["", "", *TITLES[2:]], row(1)])(book, sheet)
        plain = book.add_format()
        sheet.merge_range(0, 0, 1, 0, TITLES[0], plain)
        sheet.merge_range(0, 1, 1, 1, TITLES[1], plain)
        sheet.merge_range(0, 3, 0, 5, "处罚", plain)

    found = read(tmp_path, workbook(("s", fill)), "a.xlsx")
    assert (found.columns, found.texts()) == (NAMES, [tuple(row(1))])


def test_cells_beyond_the_header_are_told_by_their_place(tmp_path: Path) -> None:
    [one] = read(tmp_path, one_sheet([*row(1), "", "多余"]), "a.xlsx").rows
    assert (one.cells["column 8"], one.faults) == ("多余", ())


def test_short_rows_are_whole_rows_of_a_sheet(tmp_path: Path) -> None:
    [one] = read(tmp_path, one_sheet(row(1)[:3]), "a.xlsx").rows
    assert (one.cells["CF_JDRQ"], one.faults) == ("", ())


def test_hidden_rows_and_sheets_are_read_and_said(tmp_path: Path) -> None:
    def fill(book: Any, sheet: Any) -> None:
        table([TITLES, row(1), row(2)])(book, sheet)
        sheet.set_row(2, None, None, {"hidden": True})

    def hidden(book: Any, sheet: Any) -> None:
        table([TITLES, row(3)])(book, sheet)
        sheet.hide()

    found = read(tmp_path, workbook(("甲", fill), ("乙", hidden)), "a.xlsx")
    assert [(one.number, one.sheet, one.line) for one in found.rows] == [(1, "甲", 2), (2, "甲", 3), (3, "乙", 2)]
    assert {"hidden_rows", "hidden_sheet"} <= set(found.noted)


def test_sheets_with_a_header_are_read_and_others_named(tmp_path: Path) -> None:
    content = workbook(
        ("说明", table([["填表说明"], ["一、请如实填写"]])),
        ("一季度", table([["公示表"], [], TITLES, row(1), ["合计", "1"]])),
        ("空", table([])),
        ("二季度", table([list(reversed(TITLES)), list(reversed(row(2)))])),
    )
    found = read(tmp_path, content, "a.xlsx")
    assert found.texts() == [tuple(row(1)), tuple(row(2))]
    assert [(one.sheet, one.line) for one in found.rows] == [("一季度", 4), ("二季度", 2)]
    sentences = [note.sentence for note in found.notes]
    assert "Sheets read: 一季度, 二季度." in sentences
    assert "The sheet 说明 has no header of this kind and was not read." in sentences
    assert "Total rows are no records and were left out: 一季度 row 5." in sentences


LICENCES = ["XK_XDR_MC", "XK_WSH", "XK_NR", "XK_JDRQ"]


def test_a_sheet_of_another_kind_is_left_when_the_kind_was_said(tmp_path: Path) -> None:
    content = workbook(("处罚", table([TITLES, row(1)])), ("许可", table([LICENCES, ["a", "b", "c", "d"]])))
    found = read(tmp_path, content, "a.xlsx", kind=RecordKind.LICENCE)
    assert found.texts(*LICENCES) == [("a", "b", "c", "d")]
    assert "sheet_not_read" in found.noted


@pytest.mark.parametrize("after", [0, 1, 2, 3, 9])
def test_reading_on_from_a_place_gives_the_tail(tmp_path: Path, after: int) -> None:
    content = workbook(("甲", table([TITLES, row(1), [], row(2)])), ("乙", table([TITLES, row(3)])))
    assert read(tmp_path, content, "a.xlsx", after=after).rows == read(tmp_path, content, "a.xlsx").rows[after:]


SPOILED = {
    "rows backwards": ('<row r="43"', '<row r="1"'),
    "cells backwards": ('r="C43"', 'r="A43"'),
    "an impossible place": ('r="C43"', 'r="ÄÄ43"'),
    "not closed": ('<row r="43"', '</sheetData><row r="43"'),
}


@pytest.mark.parametrize("name", SPOILED)
def test_a_sheet_that_breaks_off_gives_its_rows_and_says_where(tmp_path: Path, name: str) -> None:
    def spoil(text: str) -> str:
        assert SPOILED[name][0] in text
        return text.replace(*SPOILED[name])

    content = changed(one_sheet(*(row(n) for n in range(1, 61))), {SHEET: spoil})
    found = read(tmp_path, content, "a.xlsx")
    if name == "not closed":
        assert len(found.rows) == 61
    else:
        assert found.texts()[:41] == [tuple(row(n)) for n in range(1, 42)]
        assert len(found.rows) == 42
    assert found.faults == {len(found.rows): [("rest_unreadable", "")]}
    total = len(found.rows)
    assert read(tmp_path, content, "a.xlsx", after=total - 1).rows == found.rows[-1:]
    assert read(tmp_path, content, "a.xlsx", after=total).rows == []


def test_a_sheet_that_breaks_off_at_once_is_refused(tmp_path: Path) -> None:
    content = changed(one_sheet(row(1)), {SHEET: lambda text: text.replace("</sheetData>", "")})
    with pytest.raises(FileRefused, match="damaged"):
        read(tmp_path, content, "a.xlsx")


def test_a_text_that_the_workbook_does_not_have_stops_its_row(tmp_path: Path) -> None:
    content = changed(one_sheet(row(1), row(2)), {SHEET: lambda text: text.replace("<v>6</v>", "<v>600</v>", 1)})
    assert read(tmp_path, content, "a.xlsx").faults == {1: [("error_value", "CF_XDR_MC")]}


def test_phonetic_guides_and_runs_are_one_text(tmp_path: Path) -> None:
    runs = "<si><r><t>南通</t></r><r><rPr><b/></rPr><t>样例</t></r><rPh sb='0' eb='1'><t>nan</t></rPh></si>"
    first = f"<si><t>{row(1)[0]}</t></si>"
    content = changed(one_sheet(row(1)), {"xl/sharedStrings.xml": lambda text: text.replace(first, runs)})
    assert read(tmp_path, content, "a.xlsx").texts("CF_XDR_MC") == [("南通样例",)]


def test_prefixed_elements_and_cells_without_place_are_read(tmp_path: Path) -> None:
    names = "".join(f'<x:c t="inlineStr"><x:is><x:t>{one}</x:t></x:is></x:c>' for one in TITLES)
    cells = "".join(f'<x:c t="inlineStr"><x:is><x:t>{one}</x:t></x:is></x:c>' for one in row(1))
    part = (
        '<?xml version="1.0"?><x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        f"<x:sheetData><x:row>{names}</x:row><x:row>{cells}</x:row></x:sheetData></x:worksheet>"
    )
    content = changed(one_sheet(row(9)), {SHEET: lambda _: part})
    found = read(tmp_path, content, "a.xlsx")
    assert ([one.line for one in found.rows], found.texts()) == ([2], [tuple(row(1))])


def test_a_long_text_and_a_stray_cell_far_to_the_right_stop_their_rows(tmp_path: Path) -> None:
    far = one_sheet(row(1), row(2, 违法事实="长" * 100), row(3))
    content = changed(far, {SHEET: lambda text: text.replace('r="F4"', 'r="ZZ4"')})
    found = read(tmp_path, content, "a.xlsx", limits=FileLimits(cell_characters=50, columns=20))
    assert found.faults == {2: [("cell_too_long", "CF_SY")], 3: [("surplus_cells", "")]}


def test_the_end_of_the_allowed_rows_is_told_in_the_last_one(tmp_path: Path) -> None:
    content, limits = one_sheet(row(1), row(2), row(3)), FileLimits(rows=1)
    found = read(tmp_path, content, "a.xlsx", limits=limits)
    assert (len(found.rows), found.faults) == (2, {2: [("rest_unreadable", "")]})
    assert read(tmp_path, content, "a.xlsx", limits=limits, after=2).rows == []


def test_a_row_that_a_merged_text_fills_beyond_the_limit_is_stopped_without_its_cells(tmp_path: Path) -> None:
    def fill(book: Any, sheet: Any) -> None:
        table([TITLES, row(1), row(2), row(3)])(book, sheet)
        sheet.merge_range(2, 10, 3, 400, "长" * 1_000, book.add_format())

    found = read(tmp_path, workbook(("s", fill)), "a.xlsx")
    assert found.faults == {2: [("row_too_long", "")], 3: [("row_too_long", "")]}
    assert [len(one.cells) > 0 for one in found.rows] == [True, False, False]
    limits = FileLimits(row_bytes=200)
    own = read(tmp_path, one_sheet(row(1), row(2, 违法事实="长" * 300)), "a.xlsx", limits=limits)
    assert [(len(one.cells) > 0, len(one.faults)) for one in own.rows] == [(True, 0), (False, 1)]


def test_a_workbook_of_another_writer_reads_the_same(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(TITLES)
    book.active.append([*row(1)[:5], date(2026, 10, 30)])
    book.active["E2"] = "=1+1"
    book.save(tmp_path / "other.xlsx")
    found = read(tmp_path, (tmp_path / "other.xlsx").read_bytes(), "a.xlsx")
    assert found.texts("CF_XDR_MC", "CF_JDRQ") == [(row(1)[0], "2026-10-30")]
    assert found.faults == {1: [("formula_without_value", "CF_NR")]}
