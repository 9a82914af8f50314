"""CSV as bureaus send it: every row comes out once, what is damaged costs itself and nothing beside it."""

import tracemalloc
from pathlib import Path

import pytest

from services.ingest.files import FileLimits, FileRefused, open_table
from tests.support.source_files import NAMES, TITLES, csv_of, read, row, text_of

ENCODINGS = ["utf-8", "utf-8-sig", "gb18030", "gbk", "gb2312", "utf-16"]


def test_a_small_file_reads_as_it_was_typed(tmp_path: Path) -> None:
    content = (
        "通州区行政处罚信息公示表,,,,,\r\n"
        "填报单位：样例局,,,,,2026年11月\r\n"
        "行政相对人名称*,统一社会信用代码,决定文书号,违法事实,处罚内容,处罚决定日期\r\n"
        '南通样例化工有限公司,91320600YL0000033X,（苏通）应急罚〔2026〕1号,"未培训,未告知",罚款60000元,2026/10/30\r\n'
        ",,,,,\r\n"
        '样例（南通）"甲"厂,91320600YL0000041X,（苏通）应急罚〔2026〕2号,"第一行\r\n第二行",警告,20261030\r\n'
        "合计,2,,,,\r\n"
    )
    found = read(tmp_path, content.encode("gb18030"))
    assert found.texts() == [
        ("南通样例化工有限公司", "91320600YL0000033X", "（苏通）应急罚〔2026〕1号", "未培训,未告知", "罚款60000元",
         "2026/10/30"),
        ('样例（南通）"甲"厂', "91320600YL0000041X", "（苏通）应急罚〔2026〕2号", "第一行\r\n第二行", "警告",
         "20261030"),
    ]  # fmt: skip
    assert [(one.number, one.sheet, one.line, one.faults) for one in found.rows] == [(1, None, 4, ()), (2, None, 6, ())]
    assert (found.format, found.encoding, found.kind, found.columns) == ("csv", "gb18030", "penalty", NAMES)
    assert found.noted == ["rows_above_header", "missing_columns", "total_rows"]


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("newline", ["\r\n", "\n", "\r"])
def test_encoding_and_line_ends_change_nothing(tmp_path: Path, encoding: str, newline: str) -> None:
    content = csv_of(TITLES, row(1), row(2), encoding=encoding, newline=newline)
    found = read(tmp_path, content)
    assert found.texts() == [tuple(row(1)), tuple(row(2))]
    assert "mixed_encodings" not in found.noted
    assert found.faults == {}


def test_utf_16_of_the_other_byte_order_is_read_too(tmp_path: Path) -> None:
    content = b"\xfe\xff" + text_of([TITLES, row(1)]).encode("utf-16-be")
    assert read(tmp_path, content).texts() == [tuple(row(1))]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "、", "，"])
def test_the_delimiter_is_the_one_that_shows_the_header(tmp_path: Path, delimiter: str) -> None:
    cells = row(1, 违法事实="甲,乙;丙|丁、戊，己")
    assert read(tmp_path, csv_of(TITLES, cells, delimiter=delimiter)).texts() == [tuple(cells)]


def test_lines_of_another_encoding_are_read_by_themselves(tmp_path: Path) -> None:
    content = csv_of(TITLES, row(1), row(2)) + csv_of(row(3), encoding="gb18030") + csv_of(row(4))
    found = read(tmp_path, content)
    assert found.texts() == [tuple(row(n)) for n in (1, 2, 3, 4)]
    assert (found.noted[-1], found.notes[-1].sentence) == (
        "mixed_encodings",
        "The file is in utf-8; 1 lines were read in another encoding.",
    )


def test_utf_8_lines_of_a_gb_file_are_not_read_as_words_that_nobody_wrote(tmp_path: Path) -> None:
    content = csv_of(TITLES, row(1), row(2), encoding="gb18030") + csv_of(row(3)) + csv_of(row(4), encoding="gb18030")
    found = read(tmp_path, content)
    assert (found.encoding, found.texts()) == ("gb18030", [tuple(row(n)) for n in (1, 2, 3, 4)])


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_line_that_mixes_encodings_or_fits_none_is_stopped_and_the_rest_goes_on(
    tmp_path: Path, encoding: str
) -> None:
    other = "gb18030" if encoding == "utf-8" else "utf-8"
    both = ",".join(row(2)[:3]).encode(encoding) + b"," + ",".join(row(2)[3:]).encode(other) + b"\r\n"
    neither = csv_of(row(3), encoding=encoding).replace(b"2026-10-30", b"2026\xff\xff")
    content = csv_of(TITLES, row(1), encoding=encoding) + both + neither + csv_of(row(4), encoding=encoding)
    found = read(tmp_path, content)
    assert found.faults == {2: [("undecodable", "")], 3: [("undecodable", "")]}
    assert [(one.number, one.line) for one in found.rows] == [(1, 2), (2, 3), (3, 4), (4, 5)]
    assert found.texts()[3] == tuple(row(4))


def test_half_a_character_of_utf_16_stops_its_row_only(tmp_path: Path) -> None:
    text = text_of([TITLES, row(1), row(2, 处罚内容="罚\ud800款"), row(3)])
    found = read(tmp_path, b"\xff\xfe" + text.encode("utf-16-le", "surrogatepass"))
    assert (found.faults, len(found.rows)) == ({2: [("undecodable", "")]}, 3)


def test_utf_16_cut_within_a_character_comes_to_its_end_and_stops_the_last_row(tmp_path: Path) -> None:
    content = csv_of(TITLES, row(1), row(2), encoding="utf-16", newline="\n")
    assert read(tmp_path, content[:-3]).faults == {2: [("undecodable", "")]}


STOPPED = {
    "a row cut in the middle": (",".join(row(2)[:4]), "cut_row", ""),
    "a separator within a text": (",".join(row(2, 违法事实="未培训,未告知")), "surplus_cells", ""),
    "a quote closed in the middle": (",".join(row(2, 违法事实='"未培训"人员')), "broken_quotes", ""),
    "a quote that is never closed": (",".join(row(2, 违法事实='"未培训')), "broken_quotes", ""),
    "a carriage return within a cell": (",".join(row(2, 违法事实="未\r培训")), "broken_quotes", ""),
    "binary rubbish": (",".join(row(2, 违法事实="\x00\x01" * 5)), "control_characters", ""),
    "characters lost before us": (",".join(row(2, 行政相对人名称="样例\ufffd司")), "lost_characters", "CF_XDR_MC"),
    "characters lost twice": (",".join(row(2, 行政相对人名称="样例锟斤拷司")), "lost_characters", "CF_XDR_MC"),
    "a code that a spreadsheet rounded": (
        ",".join(row(2, 统一社会信用代码="9.1321E+17")), "lost_digits", "CF_XDR_SHXYM"),
    "a text longer than any cell": (",".join(row(2, 违法事实="长" * 32_768)), "cell_too_long", "CF_SY"),
    "a text longer than the csv reader takes": (",".join(row(2, 违法事实="长" * 140_000)), "cell_too_long", ""),
    "a row longer than a row may be": (",".join(row(2, 违法事实="长" * 900_000)), "row_too_long", ""),
}  # fmt: skip


@pytest.mark.parametrize("name", STOPPED)
def test_a_damaged_row_is_stopped_with_a_sentence_and_its_neighbours_go_on(tmp_path: Path, name: str) -> None:
    line, code, column = STOPPED[name]
    content = csv_of(TITLES, row(1)) + line.encode() + b"\r\n" + csv_of(row(3), row(4))
    found = read(tmp_path, content)
    assert found.faults == {2: [(code, column)]}
    assert [(one.number, one.line) for one in found.rows] == [(1, 2), (2, 3), (3, 4), (4, 5)]
    assert [found.texts()[at] for at in (0, 2, 3)] == [tuple(row(n)) for n in (1, 3, 4)]
    [fault] = found.rows[1].faults
    assert fault.sentence.endswith(".")
    assert fault.advice.endswith(".")


def test_a_quote_left_open_at_the_end_stops_the_last_row(tmp_path: Path) -> None:
    content = csv_of(TITLES, row(1)) + ",".join(row(2, 处罚内容='"罚款')).encode()
    assert read(tmp_path, content).faults == {2: [("broken_quotes", "")]}


def test_a_long_text_with_line_breaks_is_one_row(tmp_path: Path) -> None:
    facts = "\n".join(f"第{n}项" for n in range(400))
    found = read(tmp_path, csv_of(TITLES, row(1, 违法事实=facts), row(2)))
    assert found.texts() == [tuple(row(1, 违法事实=facts)), tuple(row(2))]
    assert [one.line for one in found.rows] == [2, 402]


def test_empty_cells_beyond_the_header_are_nothing(tmp_path: Path) -> None:
    assert read(tmp_path, csv_of([*TITLES, ""], [*row(1), "", ""], [*row(2), ""])).faults == {}


def test_a_few_control_characters_are_left_to_the_checks(tmp_path: Path) -> None:
    cells = row(1, 处罚内容="罚\x07款")
    assert read(tmp_path, csv_of(TITLES, cells)).rows[0].cells["CF_NR"] == "罚\x07款"


def test_texts_that_begin_like_formulas_are_kept_as_texts(tmp_path: Path) -> None:
    cells = row(1, 违法事实='=HYPERLINK("x")', 处罚内容="@SUM(1)", 处罚决定日期="-1+1")
    assert read(tmp_path, csv_of(TITLES, cells)).texts() == [tuple(cells)]


def test_totals_empty_rows_and_a_second_header_are_no_rows(tmp_path: Path) -> None:
    codes = list(NAMES)
    content = csv_of(TITLES, codes, row(1), [""] * 6, [" ", "\u3000"], TITLES, row(2), ["", "合 计：", "2条"], ["总计"])
    found = read(tmp_path, content)
    assert [(one.number, one.line) for one in found.rows] == [(1, 3), (2, 7)]
    told = {note.code.value: note.sentence for note in found.notes}
    assert told["header_repeated"] == "The header stands again and was left out: line 2, line 6."
    assert told["total_rows"] == "Total rows are no records and were left out: line 8, line 9."


def test_a_company_whose_name_begins_like_a_total_is_a_row(tmp_path: Path) -> None:
    assert len(read(tmp_path, csv_of(TITLES, row(1, 行政相对人名称="合计样例有限公司"))).rows) == 1


def test_unknown_columns_are_named_and_the_counter_of_rows_is_dropped(tmp_path: Path) -> None:
    content = csv_of(["序号", *TITLES, "承办人"], ["1", *row(1), "样例丙"])
    found = read(tmp_path, content)
    assert found.columns == (*NAMES, "承办人")
    assert dict(found.rows[0].cells) == dict(zip((*NAMES, "承办人"), [*row(1), "样例丙"], strict=True))
    assert "Columns that the template does not know are not read: 承办人." in [note.sentence for note in found.notes]


def test_a_column_without_a_name_is_told_only_where_it_holds_something(tmp_path: Path) -> None:
    header = [*TITLES[:5], "", TITLES[5]]
    content = csv_of(header, [*row(1)[:5], "", row(1)[5]], [*row(2)[:5], "？", row(2)[5]])
    first, second = read(tmp_path, content).rows
    assert "column 6" not in first.cells
    assert (second.cells["column 6"], second.faults) == ("？", ())


def test_the_end_of_the_allowed_rows_is_told_in_the_last_one(tmp_path: Path) -> None:
    found = read(tmp_path, csv_of(TITLES, row(1), row(2), row(3), row(4)), limits=FileLimits(rows=2))
    assert [one.number for one in found.rows] == [1, 2, 3]
    assert found.faults == {3: [("rest_unreadable", "")]}
    content = csv_of(TITLES, row(1), row(2), row(3), row(4))
    assert read(tmp_path, content, limits=FileLimits(rows=2), after=3).rows == []


def test_30_lines_of_nothing_but_commas_above_the_header_take_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "commas.csv"
    path.write_bytes((b"," * 250_000 + b"\n") * 29 + csv_of(TITLES, row(1)))
    tracemalloc.start()
    try:
        with pytest.raises(FileRefused, match="250001 columns"):
            open_table(path, "commas.csv", FileLimits())
        assert tracemalloc.get_traced_memory()[1] < 24_000_000
    finally:
        tracemalloc.stop()


def test_a_header_alone_is_a_table_of_no_rows(tmp_path: Path) -> None:
    assert read(tmp_path, csv_of(TITLES)).rows == []


def test_rows_may_be_read_again_and_from_a_place_on(tmp_path: Path) -> None:
    content = csv_of(TITLES, row(1), [""], row(2), row(3)[:2], row(4), ["合计"])
    whole = read(tmp_path, content)
    tail = read(tmp_path, content, after=2)
    assert tail.rows == whole.rows[2:]
    assert tail.notes == whole.notes


def test_an_open_quote_costs_its_own_line_even_before_thousands_without_one(tmp_path: Path) -> None:
    rows = [row(n) for n in range(2, 1_202)]
    found = read(tmp_path, csv_of(TITLES) + b'"' + ",".join(row(1)).encode() + b"\r\n" + csv_of(*rows))
    assert found.faults == {1: [("broken_quotes", "")]}
    assert found.texts()[1:] == [tuple(one) for one in rows]
