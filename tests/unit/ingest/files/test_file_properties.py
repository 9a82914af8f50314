"""Whatever stands in the cells: it comes back as it was typed, and reading on from any row gives the same rows."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.source_files import TITLES, csv_of, read, table, workbook

# Line ends within quoted cells are kept; the csv module reads a lone carriage return only when it is quoted.
TEXTS = st.text(
    st.one_of(
        st.characters(min_codepoint=0x20, max_codepoint=0x7E),
        st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5),
        st.sampled_from("（）〔〕《》，。、；：“”　·\n\t\"',;|="),
    ),
    max_size=30,
)
HAN = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=6, max_size=12)
ROWS = st.lists(st.tuples(HAN, TEXTS, TEXTS, TEXTS, TEXTS, TEXTS), max_size=8)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("newline", ["\r\n", "\n"])
@settings(max_examples=25, deadline=None)
@given(rows=ROWS, after=st.integers(0, 9))
def test_a_csv_comes_back_as_it_was_typed(encoding: str, newline: str, rows: list[tuple[str, ...]], after: int) -> None:
    content = csv_of(TITLES, *rows, encoding=encoding, newline=newline)
    with tempfile.TemporaryDirectory() as folder:
        found = read(Path(folder), content)
        tail = read(Path(folder), content, after=after)
    told = [one for one in found.rows if not one.faults]
    by_number = dict(zip(range(1, len(rows) + 1), rows, strict=True))
    assert [one.number for one in found.rows] == list(by_number)
    assert [tuple(one.cells.values()) for one in told] == [by_number[one.number] for one in told]
    assert {fault.code for one in found.rows for fault in one.faults} <= {"lost_digits", "lost_characters"}
    assert tail.rows == found.rows[after:]


@settings(max_examples=25, deadline=None)
@given(rows=st.lists(st.tuples(HAN, TEXTS, TEXTS, TEXTS, TEXTS, TEXTS), max_size=5), after=st.integers(0, 6))
def test_a_workbook_comes_back_as_it_was_typed(rows: list[tuple[str, ...]], after: int) -> None:
    content = workbook(("s", table([TITLES, *rows])))
    with tempfile.TemporaryDirectory() as folder:
        found = read(Path(folder), content, "a.xlsx")
        tail = read(Path(folder), content, "a.xlsx", after=after)
    assert [tuple(one.cells.values()) for one in found.rows] == [tuple(one) for one in rows]
    assert tail.rows == found.rows[after:]


@settings(max_examples=150, deadline=None)
@given(content=st.binary(max_size=300))
def test_any_bytes_are_read_or_refused_and_every_row_is_numbered(content: bytes) -> None:
    from services.ingest.files import FileRefused

    with tempfile.TemporaryDirectory() as folder:
        try:
            found = read(Path(folder), csv_of(TITLES) + content)
        except FileRefused:
            return
    assert [one.number for one in found.rows] == list(range(1, len(found.rows) + 1))
