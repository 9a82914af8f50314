"""Fines as decisions tell them, in digits and in Chinese numerals."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.mapping.spoken_amounts import fines_in, spoken_number

SMALL, CAPITAL = "零一二三四五六七八九", "零壹贰叁肆伍陆柒捌玖"


@pytest.mark.parametrize(
    ("text", "yuan"),
    [
        ("罚款人民币60000元。", ["60000"]),
        ("处罚款6万元", ["60000"]),
        ("罚款：¥3.5万元", ["35000"]),
        ("罚款人民币陆万元整", ["60000"]),
        ("并处罚款人民币（大写）壹拾万零伍佰元整", ["100500"]),
        ("罚款十二万三千四百五十六元七角八分", ["123456.78"]),
        ("罚款一亿二千万元", ["120000000"]),
        ("罚款30000元，并罚款20000元", ["30000", "20000"]),
        ("罚款人民币20000元（贰万元整）", ["20000"]),
        ("罚款万元", []),
        ("罚款陆柒元", []),
        ("罚款的行政处罚，金额为5万元", []),
        ("没收违法所得60000元", []),
        ("", []),
    ],
)
def test_these_fines_are_told(text: str, yuan: list[str]) -> None:
    assert list(fines_in(text)) == [Decimal(amount) for amount in yuan]


def written(number: int, digits: str, units: str) -> str:
    """A number below a hundred million in Chinese numerals, as a decision would write it."""
    high, low = divmod(number, 10_000)
    if high:
        gap = digits[0] if 0 < low < 1_000 else ""
        return written(high, digits, units) + "万" + gap + (written(low, digits, units) if low else "")
    text, gap = "", False
    for place in (3, 2, 1, 0):
        digit = low // 10**place % 10
        if digit:
            text += (digits[0] if gap else "") + digits[digit] + (units[place - 1] if place else "")
        gap = bool(text) and not digit
    return text


@given(st.integers(1, 99_999_999), st.sampled_from([(SMALL, "十百千"), (CAPITAL, "拾佰仟")]))
def test_a_number_in_numerals_is_the_number(number: int, style: tuple[str, str]) -> None:
    assert spoken_number(written(number, *style)) == number


@given(st.text(alphabet=SMALL + CAPITAL + "十百千拾佰仟万亿", max_size=24))
def test_whatever_stands_in_numerals_is_a_number_or_nothing(text: str) -> None:
    number = spoken_number(text)
    assert number is None or number > 0
