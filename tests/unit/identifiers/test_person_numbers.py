"""Persons' numbers and names: what is valid, what is found in a text, what remains visible."""

import pytest

from shared.identifiers import (
    IdentifierProblem,
    ProblemCode,
    find_citizen_numbers,
    is_citizen_number,
    mask_free_text,
    mask_id_number,
    mask_name,
    mask_phone,
    parse_citizen_number,
)

# The worked example of the national standard, not a person.
SAMPLE = "11010519491231002X"


def test_the_example_of_the_standard_is_valid_in_any_writing() -> None:
    assert parse_citizen_number(SAMPLE) == SAMPLE
    assert parse_citizen_number(" １１０１０５ 19491231 002ｘ") == SAMPLE


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", ProblemCode.EMPTY),
        (SAMPLE[:15], ProblemCode.LENGTH),
        ("1101051949123100XX", ProblemCode.CHARACTER),
        ("99010519491231002X", ProblemCode.REGION),
        ("11010519490230002X", ProblemCode.BIRTH_DATE),
        ("110105194912310021", ProblemCode.CHECK_DIGIT),
    ],
)
def test_a_refusal_names_its_reason_and_never_the_number(text: str, code: ProblemCode) -> None:
    refused = parse_citizen_number(text)
    assert isinstance(refused, IdentifierProblem)
    assert refused.code is code
    assert text[:15] not in refused.message or not text
    assert is_citizen_number(text) is False


@pytest.mark.parametrize(
    "written",
    [
        SAMPLE,
        SAMPLE.lower(),
        "１１０１０５１９４９１２３１００２Ｘ",
        "110105 19491231 002X",
        "110105-1949-12-31-002X",
        "110105\u300019491231\u3000002X",
    ],
)
def test_a_number_in_a_text_is_found_where_it_stands(written: str) -> None:
    text = f"当事人张某（身份证{written}）未取得证件"
    start = text.index(written)
    assert find_citizen_numbers(text) == [(start, start + len(written))]


def test_a_number_glued_to_letters_or_digits_does_not_escape() -> None:
    assert find_citizen_numbers(f"证号T{SAMPLE}") == [(3, 21)]
    assert find_citizen_numbers(f"13800000000{SAMPLE}") == [(11, 29)]
    assert find_citizen_numbers(f"{SAMPLE}、{SAMPLE}") == [(0, 18), (19, 37)]


@pytest.mark.parametrize(
    "harmless",
    [
        "",
        "91320699MA00TEXT0D",
        "110105194912310021",
        "99010519491231002X",
        "11010519490230002X",
        "2022-09-28 罚款30000元",
    ],
)
def test_what_is_no_citizen_number_is_left_alone(harmless: str) -> None:
    assert find_citizen_numbers(harmless) == []
    assert mask_free_text(harmless) == harmless


def test_an_identity_number_keeps_four_and_two() -> None:
    assert mask_id_number(SAMPLE) == "1101************2X"
    assert mask_id_number("110105 19491231 002x") == "1101************2X"


@pytest.mark.parametrize(("number", "masked"), [("", ""), ("E", "*"), ("E00000001", "E********")])
def test_a_short_identity_number_shows_only_its_first_character(number: str, masked: str) -> None:
    assert mask_id_number(number) == masked


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("张三", "张*"),
        ("张三丰", "张**"),
        ("欧阳某某", "欧阳**"),
        ("欧阳", "欧*"),
        (" 张 三 ", "张*"),
        ("买买提·某某", "买*****"),
        ("张", "*"),
        ("", ""),
    ],
)
def test_a_name_keeps_the_family_name(name: str, masked: str) -> None:
    assert mask_name(name) == masked


@pytest.mark.parametrize(
    ("phone", "masked"),
    [
        ("13800000001", "138****0001"),
        ("138 0000 0001", "138****0001"),
        ("80000012", "******12"),
        ("12", "**"),
        ("", ""),
    ],
)
def test_a_phone_number_keeps_three_and_four(phone: str, masked: str) -> None:
    assert mask_phone(phone) == masked


def test_a_free_text_is_masked_in_place() -> None:
    text = f"张某{SAMPLE}，电话13800000001、+86 139-0000-0002，罚款30000元，代码91320699MA00TEXT0D"
    assert mask_free_text(text) == (
        "张某1101************2X，电话138****0001、+86 139******0002，罚款30000元，代码91320699MA00TEXT0D"
    )
