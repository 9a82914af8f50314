"""The short ways around normalising and searching give what the long ways give."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from shared.identifiers import (
    find_citizen_numbers,
    has_six_digits,
    may_hold_citizen_number,
    normalise_code,
    normalise_text,
    strip_control,
)
from shared.identifiers import text as rules

AWKWARD = st.text(
    st.one_of(
        st.sampled_from("第年号（）()〔〕 \u3000\t\n\u200b-－0１23２０ａaZ中á\u0301\u3099\u212a•‧\x1c\x85\u2028"),
        st.characters(),
    ),
    max_size=30,
)
DIGITS = st.text(st.sampled_from("1234567890３１９X -\u3000号"), max_size=40)


def the_long_way(text: str) -> str:
    canonical = unicodedata.normalize("NFC", strip_control(text).translate(rules._NAME_TABLE))
    return rules._SPACE_BESIDE_HAN.sub("", " ".join(canonical.split()))


@given(AWKWARD)
def test_a_name_is_normalised_the_same_by_the_short_way(text: str) -> None:
    assert normalise_text(text) == the_long_way(text)


@given(st.one_of(AWKWARD, st.text("0123456789ABCXYZ", max_size=20)))
def test_a_code_is_normalised_the_same_by_the_short_way(text: str) -> None:
    signs = strip_control(text).translate(rules._CODE_TABLE)
    assert normalise_code(text) == unicodedata.normalize("NFC", "".join(signs.split()))


@given(DIGITS, st.sampled_from(["", " ", "-"]), st.booleans(), DIGITS)
def test_a_citizen_number_is_found_wherever_it_stands(before: str, sign: str, wide: bool, after: str) -> None:
    number = sign.join(("329999", "19850101", "0013"))  # a division that does not exist
    written = number.translate({ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789"}) if wide else number
    start = len(before) + 1
    assert (start, start + len(written)) in find_citizen_numbers(f"{before}号{written}号{after}")


@given(st.lists(st.text(st.one_of(st.sampled_from("0123456789X号-"), st.characters()), max_size=30), max_size=4))
def test_texts_without_six_digits_hold_no_citizen_number(texts: list[str]) -> None:
    half_width = [text.translate(rules.HALF_WIDTH) for text in texts]
    if not has_six_digits(half_width):
        assert not may_hold_citizen_number(half_width)
        assert not any(find_citizen_numbers(text) for text in half_width)


def test_six_digits_count_only_where_they_follow_each_other() -> None:
    assert has_six_digits(["第1234", "号123456"])
    assert not has_six_digits(["12345", "67890"])
    assert not has_six_digits([])
