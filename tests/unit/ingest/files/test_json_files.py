"""NDJSON and JSON arrays: one object is one row, numbers keep their digits, what is broken is told where it stands."""

import json
import tracemalloc
from pathlib import Path

import pytest

from services.ingest.files import FileLimits, open_table
from shared.vocabulary import RecordKind
from tests.support.source_files import NAMES, TITLES, read, row

GOOD = [dict(zip(NAMES, row(n), strict=True)) for n in (1, 2, 3)]


def lines(*values: object) -> bytes:
    texts = (one if isinstance(one, str) else json.dumps(one, ensure_ascii=False) for one in values)
    return "".join(f"{text}\n" for text in texts).encode()


def array(*values: object) -> bytes:
    texts = (one if isinstance(one, str) else json.dumps(one, ensure_ascii=False) for one in values)
    return ("[\n" + ",\n".join(texts) + "\n]\n").encode()


@pytest.mark.parametrize(("form", "name"), [(lines, "ndjson"), (array, "json")])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_each_object_is_a_row(tmp_path: Path, form: object, name: str, encoding: str) -> None:
    found = read(tmp_path, form(*GOOD).decode().encode(encoding), f"sent.{name}")  # type: ignore[operator]
    assert [one.cells for one in found.rows] == GOOD
    assert [(one.number, one.line) for one in found.rows] == (
        [(1, 1), (2, 2), (3, 3)] if name == "ndjson" else [(1, 2), (2, 3), (3, 4)]
    )
    assert (found.format, found.kind, found.columns, found.notes) == (name, "penalty", NAMES, [])


def test_chinese_titles_as_keys_mean_the_columns(tmp_path: Path) -> None:
    found = read(tmp_path, array(dict(zip(TITLES, row(1), strict=True)) | {"承办人": "x"}), "a.json")
    assert dict(found.rows[0].cells) == GOOD[0] | {"承办人": "x"}
    assert found.noted == ["surplus_columns"]


def test_numbers_keep_the_digits_that_were_written(tmp_path: Path) -> None:
    numbers = '"CF_NR_FK": 0.10, "CF_NR_WFFF": 1234567890123456789, "CF_ZT": true, "BZ": null}'
    first = json.dumps(GOOD[0], ensure_ascii=False)[:-1] + ", " + numbers
    cells = read(tmp_path, lines(first), "a.ndjson").rows[0].cells
    assert [cells[name] for name in ("CF_NR_FK", "CF_NR_WFFF", "CF_ZT", "BZ")] == [
        "0.10",
        "1234567890123456789",
        True,
        None,
    ]


STOPPED: dict[str, tuple[object, list[tuple[str, str]]]] = {
    "a list as a value": (GOOD[1] | {"CF_CFLB": ["警告"]}, [("nested_value", "CF_CFLB")]),
    "an object as a value": (GOOD[1] | {"CF_CFLB": {"a": 1}}, [("nested_value", "CF_CFLB")]),
    "no object": ("[1, 2]", [("not_a_row", "")]),
    "a number": ("17", [("not_a_row", "")]),
    "one column by two names": (GOOD[1] | {"决定文书号": "another"}, [("doubled_field", "CF_WSH")]),
    "half a character": (json.dumps(GOOD[1] | {"CF_SY": "a\ud800"}), [("lost_characters", "CF_SY")]),
    "a rounded code": (GOOD[1] | {"CF_XDR_SHXYM": 9.132e17 * 10}, [("lost_digits", "CF_XDR_SHXYM")]),
    "too long a row": (GOOD[1] | {"CF_SY": "长" * 300_000}, [("row_too_long", "")]),
    "too many columns": ({f"c{n}": 1 for n in range(501)}, [("surplus_cells", "")]),
}


@pytest.mark.parametrize("name", STOPPED)
@pytest.mark.parametrize("form", [lines, array])
def test_a_row_of_a_wrong_form_is_stopped_alone(tmp_path: Path, form: object, name: str) -> None:
    wrong, faults = STOPPED[name]
    found = read(tmp_path, form(GOOD[0], wrong, GOOD[2]), "a.json")  # type: ignore[operator]
    assert found.faults == {2: faults}
    assert [found.rows[at].cells for at in (0, 2)] == [GOOD[0], GOOD[2]]
    json.dumps(found.rows[1].cells, ensure_ascii=False).encode()


@pytest.mark.parametrize(
    ("wrong", "code"),
    [('{"CF_WSH": "1"', "not_a_row"), ("}", "not_a_row"), ('{"a":' * 5_000, "nested_value"), ("\x00", "not_a_row")],
)
def test_a_broken_line_of_ndjson_is_stopped_alone(tmp_path: Path, wrong: str, code: str) -> None:
    found = read(tmp_path, lines(GOOD[0], wrong, "", GOOD[2]), "a.ndjson")
    assert found.faults == {2: [(code, "")]}
    assert [(one.number, one.line) for one in found.rows] == [(1, 1), (2, 2), (3, 4)]


@pytest.mark.parametrize(
    ("content", "rows", "why"),
    [
        (array(*GOOD)[:-40], 2, "no JSON"),
        (array(*GOOD).rstrip()[:-1], 3, "cut off"),
        (array(*GOOD) + b"[]", 3, "text follows"),
        (array(*GOOD).rstrip()[:-1].rstrip() + b",\n", 3, "cut off"),
        (array(*GOOD).replace(b"},\n", b"}\n;", 1), 1, "comma"),
        (array(*GOOD).replace(b"},\n", b"}" + b"," * 200 + b"\n", 1), 1, "no rows"),
        (
            array(GOOD[0], json.dumps(GOOD[1], indent=1).replace(":", "", 1), GOOD[2]),
            1,
            "a colon is missing in line 4, ",
        ),
        (
            array(GOOD[0], json.dumps(GOOD[1]).replace(': "', ': "称"已', 1), GOOD[2]),
            1,
            "stands within a text in line 3",
        ),
        (array(GOOD[0], '{"a":' * 5_000, GOOD[2]), 1, "no JSON"),
    ],
)
def test_a_broken_array_gives_its_rows_and_says_where_it_ends(
    tmp_path: Path, content: bytes, rows: int, why: str
) -> None:
    found = read(tmp_path, content, "a.json")
    assert [one.cells for one in found.rows[:rows]] == GOOD[:rows]
    assert found.faults == {rows + 1: [("rest_unreadable", "")]}
    assert why in found.rows[-1].faults[0].sentence
    assert read(tmp_path, content, "a.json", after=rows).rows == found.rows[rows:]
    assert read(tmp_path, content, "a.json", after=rows + 1).rows == []


BETWEEN = {
    "a comma too few": (array(*GOOD).replace(b"},\n", b"}\n", 1), 2, "a comma is missing"),
    "a comma too many": (array(*GOOD).replace(b"},\n", b"},\n , \n", 1), 2, "more than one comma"),
    "a comma at the end": (array(*GOOD).rstrip()[:-1] + b",\n]", 4, "no row follows"),
}


@pytest.mark.parametrize("name", BETWEEN)
def test_what_is_wrong_between_whole_rows_of_an_array_is_one_named_place_and_no_row_is_lost(
    tmp_path: Path, name: str
) -> None:
    content, place, why = BETWEEN[name]
    found = read(tmp_path, content, "a.json")
    assert found.faults == {place: [("broken_array", "")]}
    assert why in found.rows[place - 1].faults[0].sentence
    assert [one.cells for one in found.rows if not one.faults] == GOOD
    for after in range(5):
        assert read(tmp_path, content, "a.json", after=after).rows == found.rows[after:]


DEEP = '{"a":' * 200_000 + "1" + "}" * 200_000
PASSED_OVER = {
    "longer than the buffer": (json.dumps(GOOD[1] | {"CF_SY": '长\\"]},' * 300_000}), "row_too_long"),
    "many short texts": (json.dumps([["a", 1, None, {"b": []}, {}]] * 60_000), "row_too_long"),
    "too deep": ('{"a":' * 20_000 + "1" + "}" * 20_000, "nested_value"),
    "too deep and too long": (DEEP, "row_too_long"),
    "a word that is none": ('{"CF_WSH": undefined, "b": [1, {"c": -1.5e3}]}', "not_a_row"),
    "an escape that is none": (r'{"CF_WSH": "a\qb"}', "not_a_row"),
}


@pytest.mark.parametrize("name", PASSED_OVER)
def test_an_element_that_cannot_be_read_is_stopped_and_its_neighbours_go_on(tmp_path: Path, name: str) -> None:
    wrong, code = PASSED_OVER[name]
    found = read(tmp_path, array(GOOD[0], wrong, GOOD[2], wrong), "a.json")
    assert found.faults == {2: [(code, "")], 4: [(code, "")]}
    assert [(found.rows[at].cells, found.rows[at].line) for at in (0, 2)] == [(GOOD[0], 2), (GOOD[2], 4)]


@pytest.mark.parametrize(
    "wrong", ['{"a": "x}', '{"a": x"}', '{"a": [1}', '{"a" 1}', "{,}", "[1,]", '{"a":}', "}", "]["]
)
def test_what_has_no_structure_is_never_taken_for_a_row(tmp_path: Path, wrong: str) -> None:
    """Its neighbours might be swallowed without a verdict: the file ends there, and says so."""
    found = read(tmp_path, array(GOOD[0], wrong, GOOD[2], GOOD[1]), "a.json")
    assert found.faults == {2: [("rest_unreadable", "")]}


def test_passing_over_a_long_element_takes_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "long.json"
    path.write_bytes(array(GOOD[0], json.dumps(["x" * 1_000] * 12_000), GOOD[2]))
    with open_table(path, "long.json", FileLimits()) as table:
        tracemalloc.start()
        try:
            assert [len(row.faults) for row in table.rows()] == [0, 1, 0]
            assert tracemalloc.get_traced_memory()[1] < 6_000_000
        finally:
            tracemalloc.stop()


@pytest.mark.parametrize("after", range(5))
@pytest.mark.parametrize("form", [lines, array])
def test_reading_on_from_a_place_gives_the_tail(tmp_path: Path, form: object, after: int) -> None:
    content = form(*GOOD, "7")  # type: ignore[operator]
    assert read(tmp_path, content, "a.json", after=after).rows == read(tmp_path, content, "a.json").rows[after:]


def test_an_array_larger_than_its_buffer_is_read_whole(tmp_path: Path) -> None:
    limits = FileLimits(row_bytes=2_000)
    content = array(*(GOOD[n % 3] for n in range(3_000)))
    found = read(tmp_path, content, "a.json", limits=limits)
    assert [one.cells for one in found.rows] == [GOOD[n % 3] for n in range(3_000)]
    assert [found.rows[at].line for at in (0, 2_999)] == [2, 3_001]


def test_an_empty_array_is_a_table_of_no_rows_when_its_kind_is_said(tmp_path: Path) -> None:
    assert read(tmp_path, b" [ ] ", "a.json", kind=RecordKind.PENALTY).rows == []


@pytest.mark.parametrize("form", [lines, array])
def test_the_end_of_the_allowed_rows_is_told_in_the_last_one(tmp_path: Path, form: object) -> None:
    content = form(*GOOD)  # type: ignore[operator]
    found = read(tmp_path, content, "a.json", limits=FileLimits(rows=1))
    assert (len(found.rows), found.faults) == (2, {2: [("rest_unreadable", "")]})
    assert read(tmp_path, content, "a.json", limits=FileLimits(rows=1), after=2).rows == []


@pytest.mark.parametrize("form", [lines, array])
def test_of_a_first_row_that_is_too_wide_little_is_kept(tmp_path: Path, form: object) -> None:
    path = tmp_path / "wide.json"
    wide = {f"k{n}": "" for n in range(20_000)}
    path.write_bytes(form(GOOD[0], *[wide] * 12))  # type: ignore[operator]
    tracemalloc.start()
    try:
        with open_table(path, "wide.json", FileLimits()) as table:
            assert tracemalloc.get_traced_memory()[1] < 12_000_000
            assert table.columns == NAMES
    finally:
        tracemalloc.stop()
