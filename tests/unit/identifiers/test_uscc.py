"""The unified social credit code: what is corrected, what is refused and with which reason."""

import pytest

from shared.identifiers import IdentifierProblem, ProblemCode, Uscc, parse_uscc, with_check_digit

GOOD = "91320699MA00TEXT0D"


def problem(text: str) -> IdentifierProblem:
    result = parse_uscc(text)
    assert isinstance(result, IdentifierProblem)
    return result


def test_a_right_code_is_taken_as_it_is() -> None:
    assert parse_uscc(GOOD) == Uscc(GOOD)


@pytest.mark.parametrize(
    "written",
    [
        GOOD.lower(),
        "９１３２０６９９ＭＡ００ＴＥＸＴ０Ｄ",
        "９１３２０６９９ｍａ００ｔｅｘｔ０ｄ",
        f"  {GOOD}\t",
        f"\u3000{GOOD[:8]} {GOOD[8:]}\u00a0",
        f"\ufeff{GOOD}\u200b",
    ],
)
def test_width_case_and_spaces_are_corrected(written: str) -> None:
    assert parse_uscc(written) == Uscc(GOOD)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", ProblemCode.EMPTY),
        (" \u3000\n", ProblemCode.EMPTY),
        (GOOD[:17], ProblemCode.LENGTH),
        (GOOD + "0", ProblemCode.LENGTH),
        ("91320699MA00TEXTOD", ProblemCode.FORBIDDEN_LETTER),
        ("91320699MA00TEX-0D", ProblemCode.CHARACTER),
        ("9132069９MA00TEXT测D", ProblemCode.CHARACTER),
        ("91320699MA00TEXT0E", ProblemCode.CHECK_DIGIT),
        ("00000000000000000X", ProblemCode.PLACEHOLDER),
        ("0" * 18, ProblemCode.PLACEHOLDER),
    ],
)
def test_every_refusal_names_its_reason(text: str, code: ProblemCode) -> None:
    assert problem(text).code is code


def test_a_wrong_check_digit_says_which_one_was_expected() -> None:
    assert "require D" in problem("91320699MA00TEXT0E").message


@pytest.mark.parametrize("letter", "IOSVZ")
def test_a_forbidden_letter_is_named_with_its_position_and_never_guessed(letter: str) -> None:
    refused = problem(GOOD[:16] + letter + GOOD[17])
    assert refused.code is ProblemCode.FORBIDDEN_LETTER
    assert f"Position 17 holds the letter {letter}" in refused.message


def test_a_citizen_number_in_the_code_field_is_recognised_and_not_repeated() -> None:
    refused = problem("11010519491231002X")
    assert refused.code is ProblemCode.CITIZEN_NUMBER
    assert not any(sign.isdigit() for sign in refused.message)


def test_a_citizen_number_that_happens_to_pass_as_a_code_is_still_refused() -> None:
    # Synthetic, searched so that both check digits hold.
    both = "320699190001010032"
    assert with_check_digit(both[:17]) == both
    assert problem(both).code is ProblemCode.CITIZEN_NUMBER


def test_the_parts_of_a_code_are_readable() -> None:
    code = Uscc(GOOD)
    assert (code.division, code.subject_code, str(code)) == ("320699", "MA00TEXT0", GOOD)


def test_prefixes_tell_government_bodies_and_sole_traders() -> None:
    kinds = [Uscc(with_check_digit(prefix + "320699000000000")) for prefix in ("11", "92", "91")]
    assert [(code.is_government_body, code.is_sole_trader) for code in kinds] == [
        (True, False),
        (False, True),
        (False, False),
    ]


def test_the_inner_check_digit_follows_the_example_of_its_standard() -> None:
    assert Uscc(with_check_digit("91320699D2143569X")).subject_check_holds
    assert not Uscc(with_check_digit("91320699D21435690")).subject_check_holds


@pytest.mark.parametrize("first17", ["", GOOD[:16], GOOD, "9132069IMA00TEXT0"])
def test_a_check_digit_is_computed_only_for_seventeen_permitted_signs(first17: str) -> None:
    with pytest.raises(ValueError, match="17 characters"):
        with_check_digit(first17)
