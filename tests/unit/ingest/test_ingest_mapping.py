"""Columns of the templates, present and former, dates and amounts as sources write them."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from services.ingest.mapping.columns import TEMPLATES
from services.ingest.mapping.dates import parse_date
from services.ingest.mapping.draft import read_row
from services.ingest.mapping.units import wan_to_yuan
from shared.vocabulary import RecordKind
from tests.support import rows

PENALTY = RecordKind.PENALTY


@pytest.mark.parametrize(
    ("former", "field"),
    [(former, field) for field, column in TEMPLATES[PENALTY].items() for former in column.former],
)
@pytest.mark.parametrize("present", ["absent", "", "  ", None])
def test_a_former_name_fills_the_field_when_the_present_one_is_empty(former: str, field: str, present: Any) -> None:
    name = TEMPLATES[PENALTY][field].name
    row: rows.Row = {former: "值"} if present == "absent" else {name: present, former: "值"}
    draft = read_row(PENALTY, row)
    assert (draft.get(field), draft.surplus) == ("值", ())


def test_the_present_name_wins_over_a_former_one() -> None:
    assert read_row(PENALTY, {"CF_CFJG": "甲局", "CF_XZJG": "乙局", "CF_JG": "丙局"}).get("authority_name") == "甲局"


def test_two_former_columns_of_penalty_kinds_count_both() -> None:
    assert (
        read_row(PENALTY, {"CF_CFLB1": "罚款", "CF_CFLB2": "吊销许可证件"}).get("penalty_types") == "罚款;吊销许可证件"
    )
    assert read_row(PENALTY, {"CF_CFLB1": "", "CF_CFLB2": "警告"}).get("penalty_types") == "警告"


def test_the_representatives_own_number_is_never_read() -> None:
    draft = read_row(PENALTY, {"CF_FR_ZJHM": "1", "CF_FR_SFZH": "2", "CF_FR_ZJLX": "3"})
    assert (draft.values, draft.corrected, draft.surplus) == ({}, {}, ())


def test_unknown_columns_are_listed_up_to_twenty() -> None:
    assert len(read_row(PENALTY, {f"X{n}": "1" for n in range(100)}).surplus) == 20


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (" 南通 样例 公司 ", "南通样例公司"),
        ("ＡＢＣ　１２３", "ABC 123"),
        ("样例(南通)公司", "样例（南通）公司"),
        ("样\x00例\u200b\u202e", "样例"),
        (6, "6"),
        (6.0, "6"),
        (0.5, "0.5"),
        (0, "0"),
    ],
)
def test_a_cell_is_put_into_one_form_and_its_own_is_kept(cell: Any, text: str) -> None:
    draft = read_row(PENALTY, {"CF_XDR_MC": cell})
    assert draft.get("subject_name") == text
    assert draft.corrected == ({"CF_XDR_MC": cell} if cell != text and isinstance(cell, str) else {})


@pytest.mark.parametrize("column", ["CF_XDR_SHXYM", "CF_XDR_ZJHM", "CF_CFJGDM", "CF_SJLYDM"])
def test_codes_lose_every_space_and_are_in_capitals(column: str) -> None:
    [value] = read_row(PENALTY, {column: " 9132 0600ｙl０ "}).values.values()
    assert value == "91320600YL0"


@pytest.mark.parametrize(
    "text", ["2026-11-03", "2026/11/3", "2026-11-3", "20261103", "2026年11月3日", "2026年11月03日"]
)
def test_the_usual_forms_are_one_date(text: str) -> None:
    assert parse_date(text) == date(2026, 11, 3)


@pytest.mark.parametrize(
    "text",
    ["", "26-11-03", "2026-11", "2026-13-01", "2026-02-30", "2026-11/03", "2026.11.03", "03/11/2026", "2026-11-03 ",
     "2026-11-03T00:00:00", "0000-01-01", "²026-11-03", "长" * 5_000],
)  # fmt: skip
def test_anything_else_is_no_date(text: str) -> None:
    assert parse_date(text) is None


@pytest.mark.parametrize(
    ("wan", "yuan"),
    [("6", "60000.00"), ("0.5", "5000.00"), ("1.234567", "12345.67"), ("0", "0.00"), ("1,234.5", "12345000.00"),
     ("0.30000000000000004", "3000.00"), ("999999999999", "9999999999990000.00")],
)  # fmt: skip
def test_ten_thousands_become_yuan_with_two_decimals(wan: str, yuan: str) -> None:
    assert str(wan_to_yuan(wan)) == yuan


@pytest.mark.parametrize(
    "text",
    ["", "-1", "-0", "+1", "1e3", "nan", "inf", "1_000", "1,5", "1.2.3", "6万", "６", "1" * 13, "9" * 999, "."],
)
def test_anything_else_is_no_amount(text: str) -> None:
    assert wan_to_yuan(text) is None


def test_amounts_are_exact() -> None:
    assert wan_to_yuan("0.1") == Decimal(1000)


@pytest.mark.parametrize(
    ("row", "twice"),
    [
        ({"CF_FRDB": "王样例", "CF_FR": "李样例"}, ("CF_FRDB",)),
        ({"CF_FRDB": "王样例", "CF_FR": " 王样例"}, ()),
        ({"CF_FRDB": "王样例", "CF_FR": " "}, ()),
        ({"CF_QX": "2027-10-30", "CF_JZQ": "2027-10-31"}, ("CF_YXQ",)),
        ({"CF_CFLB1": "罚款", "CF_CFLB2": "警告"}, ()),
        ({"CF_CFLB": "罚款;警告", "CF_CFLB1": "罚款", "CF_CFLB2": "警告"}, ()),
        ({"CF_CFLB": "罚款", "CF_CFLB1": "罚款", "CF_CFLB2": "警告"}, ("CF_CFLB",)),
    ],
)
def test_a_column_under_two_names_with_two_values_is_not_guessed(row: dict[str, str], twice: tuple[str, ...]) -> None:
    assert read_row(PENALTY, row).twice == twice
