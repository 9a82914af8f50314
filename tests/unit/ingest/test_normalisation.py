"""Normalisation: done twice it is done once, and two ways of writing the same are one record and never two."""

from hypothesis import given
from hypothesis import strategies as st

from services.ingest.domain.build import build
from services.ingest.domain.parsed import parse
from services.ingest.mapping.draft import read_row
from shared.vocabulary import RecordKind
from tests.support import rows

KIND = RecordKind.PENALTY
TEXTS = st.text(alphabet=st.characters(codec="utf-8"), max_size=40)
WIDE = {code: code + 0xFEE0 for code in (*range(ord("0"), ord("9") + 1), *range(ord("A"), ord("Z") + 1))}


def wide(text: str) -> str:
    return text.translate(WIDE)


def spaced(text: str) -> str:
    return f"\u3000{text}\t"


def other_brackets(text: str) -> str:
    return text.replace("（", "(").replace("）", ")").replace("〔", "[").replace("〕", "]")


def with_year_word(text: str) -> str:
    return text.replace("〕", "年〕")


HOW = st.lists(st.sampled_from([wide, spaced, other_brackets, with_year_word]), max_size=3, unique=True)


@given(st.dictionaries(st.sampled_from(sorted(rows.penalty())), TEXTS))
def test_a_row_that_was_read_reads_as_itself(row: dict[str, str]) -> None:
    draft = read_row(KIND, row)
    again = read_row(KIND, {draft.column(field): text for field, text in draft.values.items()})
    assert again.values == draft.values
    assert again.corrected == {}


@given(st.integers(1, 99_999), HOW)
def test_a_document_number_in_another_writing_is_the_same_record(number: int, how: list[object]) -> None:
    usual = rows.penalty(number)
    written = usual["CF_WSH"]
    for change in how:
        written = change(written)  # type: ignore[operator]
    assert key(usual | {"CF_WSH": written}) == key(usual)


@given(st.integers(0, 99_999), HOW)
def test_a_code_in_another_writing_is_the_same_subject(number: int, how: list[object]) -> None:
    usual = rows.penalty(CF_XDR_SHXYM=rows.company_code(number))
    written = usual["CF_XDR_SHXYM"]
    for change in how:
        written = change(written)  # type: ignore[operator]
    assert key(usual | {"CF_XDR_SHXYM": written.lower()}) == key(usual)


@given(st.integers(1, 99_999), st.integers(1, 99_999))
def test_two_numbers_are_two_records(one: int, other: int) -> None:
    assert (key(rows.penalty(one)) == key(rows.penalty(other))) == (one == other)


def key(row: rows.Row) -> str:
    return build(parse(read_row(KIND, row)), str).key
