"""Document numbers: equal when only the writing differs, proposed for review when more differs (ruling R22)."""

import pytest

from shared.identifiers import (
    DocumentNumber,
    DocumentParts,
    IdentifierProblem,
    ProblemCode,
    parse_document_number,
)

USUAL = "（苏通）应急罚〔2022〕15号"


def number(text: str) -> DocumentNumber:
    result = parse_document_number(text)
    assert isinstance(result, DocumentNumber)
    return result


@pytest.mark.parametrize(
    "written",
    [
        "(苏通)应急罚[2022]15号",
        "（苏通）应急罚【2022】15号",
        "（苏通）应急罚（2022）15号",
        "〔苏通〕应急罚〔2022〕15 号",
        "（苏通）应急罚〔２０２２〕１５号",
        "（苏通）应急罚〔2022年〕15号",
        "（苏通）应急罚〔2022〕第15号",
        "第（苏通）应急罚〔2022〕15号",
        " （苏通） 应急罚\u3000〔2022〕15号\n",
        "（苏通）应急罚\u200b〔2022〕15号",
    ],
)
def test_the_writing_of_a_number_makes_no_difference(written: str) -> None:
    assert number(written).key == number(USUAL).key


@pytest.mark.parametrize(
    "similar",
    [
        "（苏通）应急罚〔2022〕015号",
        "（苏通）应急罚〔2022〕15",
        "应急罚〔2022〕15号",
        "苏通应急罚〔2022〕15号",
    ],
)
def test_zeros_a_missing_end_and_a_missing_area_are_proposed_and_never_merged(similar: str) -> None:
    assert number(similar).key != number(USUAL).key
    assert number(similar).loose_key == number(USUAL).loose_key


@pytest.mark.parametrize(
    "other",
    [
        "（苏通）应急罚〔2022〕16号",
        "（苏通）应急罚〔2023〕15号",
        "（苏通）安监罚〔2022〕15号",
        "（苏通）应急罚〔2022〕15-1号",
        "（苏通）应急罚〔2022〕150号",
    ],
)
def test_neighbouring_numbers_are_not_even_proposed(other: str) -> None:
    assert number(other).loose_key != number(USUAL).loose_key


def test_the_serial_of_an_unknown_shape_stays_apart_from_its_year() -> None:
    assert number("苏WH安许证字(2022)15").loose_key == number("苏WH安许证字〔2022〕第015号").loose_key
    assert number("苏WH安许证字(2022)15").loose_key != number("苏WH安许证字(202)215").loose_key


def test_the_parts_of_a_penalty_number_are_readable() -> None:
    assert number(USUAL).parts == DocumentParts(area="苏通", word="应急罚", year="2022", serial="15")
    assert number("深龙华应急罚〔2026〕1号").parts == DocumentParts("深龙华", "应急罚", "2026", "1")
    assert number("JY13206000000001").parts is None


def test_the_canonical_writing_is_offered_and_the_print_is_kept() -> None:
    written = number("(苏通)应急罚[2022年]第15 号")
    assert (written.canonical, written.printed) == (USUAL, "(苏通)应急罚[2022年]第15 号")
    assert number("(苏)WH安许证字[F00001]").canonical == "(苏)WH安许证字[F00001]"


@pytest.mark.parametrize(
    ("text", "summary"),
    [
        ("（苏通）应急罚当〔2022〕15号", True),
        ("（苏通）安监罚当〔2016〕1号", True),
        ("苏通安监管罚当(2016)1号", True),
        ("（苏通）应急罚〔2022〕15号", False),
        ("JY13206000000001", False),
    ],
)
def test_an_on_the_spot_decision_is_known_by_its_word(text: str, summary: bool) -> None:
    assert number(text).is_summary_procedure is summary


def test_any_other_text_is_a_document_number_compared_by_its_normal_form() -> None:
    assert number("(苏)ｗｈ安许证字[F00001]").key == number("（苏）WH安许证字〔F00001〕").key
    assert number("第").key == "第"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", ProblemCode.EMPTY),
        ("\u3000\u200b \n", ProblemCode.EMPTY),
        ("号" * 65, ProblemCode.TOO_LONG),
        (" " * 1_000_000, ProblemCode.TOO_LONG),
    ],
)
def test_nothing_and_too_much_are_refused(text: str, code: ProblemCode) -> None:
    result = parse_document_number(text)
    assert isinstance(result, IdentifierProblem)
    assert result.code is code


def test_sixty_four_characters_are_still_taken() -> None:
    assert number("号" * 64).printed == "号" * 64
