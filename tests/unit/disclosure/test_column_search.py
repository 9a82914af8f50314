"""How a visitor's text is read, bounded and kept from running in a spreadsheet."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.disclosure.column.domain.search import By, end_of, read_search
from services.disclosure.column.table_file import safe
from services.disclosure.column.texts import TEXTS


@pytest.mark.parametrize(
    ("text", "by", "key"),
    [
        ("", By.NEWEST, ""),
        ("  ", By.NEWEST, ""),
        ("南通 样例（化工）", By.NAME, "南通样例（化工）"),
        ("南通样例(化工)ａbc", By.NAME, "南通样例（化工）ABC"),
        ("91320600yl0000033x", By.CODE, "91320600YL0000033X"),
        ("（苏通）应急罚〔2026〕1号", By.DOCUMENT, "(苏通)应急罚(2026)1号"),
        ("第苏通应急罚[2026年]12号", By.DOCUMENT, "苏通应急罚(2026)12号"),
        ("样例3号仓储公司", By.NAME, "样例3号仓储公司"),
    ],
)
def test_a_text_is_searched_as_what_it_looks_like(text: str, by: By, key: str) -> None:
    found = read_search(text, By.AUTO)
    assert found is not None
    assert (found.by, found.key) == (by, key)


@pytest.mark.parametrize(("text", "by"), [("a", By.AUTO), ("样", By.CONTAINS), ("长" * 101, By.NAME), ("", By.NAME)])
def test_a_text_of_too_few_or_too_many_signs_is_no_search(text: str, by: By) -> None:
    assert read_search(text, by) is None


@given(st.text(min_size=1, max_size=6), st.text(max_size=6))
def test_what_begins_with_a_prefix_lies_before_its_end_and_everything_else_outside(prefix: str, other: str) -> None:
    end = end_of(prefix)
    assert prefix + other >= prefix
    assert end is None or prefix + other < end
    inside = prefix <= other and (end is None or other < end)
    assert inside == other.startswith(prefix)


@given(st.text(max_size=300), st.sampled_from(By))
def test_reading_a_search_never_raises_and_is_bounded(text: str, by: By) -> None:
    found = read_search(text, by)
    assert found is None or len(found.key) <= 300


@given(st.text(max_size=20))
def test_no_cell_begins_like_a_formula(text: str) -> None:
    cell = safe(text)
    assert cell.removeprefix("'") == text.removeprefix("'")
    assert not cell.lstrip(" \u3000").startswith(("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"))


def test_both_languages_have_the_same_texts() -> None:
    assert set(TEXTS["zh"]) == set(TEXTS["en"])
    assert all(text for lang in TEXTS.values() for text in lang.values())
