"""Identifiers over generated input: oracles, round trips, idempotence and masking that cannot leak."""

from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import ric, uscc

from shared.identifiers import (
    DocumentNumber,
    IdentifierProblem,
    Uscc,
    find_citizen_numbers,
    is_citizen_number,
    mask_free_text,
    mask_id_number,
    normalise_code,
    normalise_text,
    parse_citizen_number,
    parse_document_number,
    parse_uscc,
    strip_control,
    with_check_digit,
)

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
ENTERPRISE_FIRST17 = st.builds("91{:06d}{}".format, st.integers(0, 999_999), st.text(ALPHABET, min_size=9, max_size=9))
CITIZEN_FIRST17 = st.builds(
    "{:02d}{:04d}{:%Y%m%d}{:03d}".format,
    st.sampled_from([11, 15, 21, 32, 44, 50, 65]),
    st.integers(0, 9999),
    st.dates().filter(lambda day: 1900 <= day.year <= 2099),
    st.integers(0, 999),
)
# Dense in the signs that the rules treat specially; plain st.text() hardly ever meets them.
AWKWARD = st.text(
    st.one_of(
        st.sampled_from("第第年号（）()〔〕[]【】 \u3000\t\n\u200b-－0１23２０ａaZ中á\u0301\u3099\u212a〈"),
        st.characters(),
    ),
    max_size=40,
)
DIGITS = st.text(st.sampled_from("0123456789X -１２９"), max_size=60)


def citizen_number(first17: str) -> str:
    return first17 + ric.calc_check_digit(first17 + "0")


@given(ENTERPRISE_FIRST17)
def test_the_check_digit_agrees_with_an_independent_implementation(first17: str) -> None:
    code = with_check_digit(first17)
    assert code[17] == uscc.calc_check_digit(first17)
    assert parse_uscc(code) == Uscc(code)


@given(ENTERPRISE_FIRST17, st.sampled_from(ALPHABET))
def test_a_code_is_taken_exactly_when_the_oracle_takes_it(first17: str, last: str) -> None:
    assert isinstance(parse_uscc(first17 + last), Uscc) == uscc.is_valid(first17 + last)


@given(ENTERPRISE_FIRST17, st.integers(0, 17), st.sampled_from(ALPHABET))
def test_no_single_mistyped_sign_passes(first17: str, position: int, sign: str) -> None:
    code = with_check_digit(first17)
    mistyped = code[:position] + sign + code[position + 1 :]
    assert isinstance(parse_uscc(mistyped), Uscc) == (mistyped == code)


@given(AWKWARD)
def test_no_text_breaks_a_parser(text: str) -> None:
    assert isinstance(parse_uscc(text), Uscc | IdentifierProblem)
    assert isinstance(parse_citizen_number(text), str | IdentifierProblem)
    assert isinstance(parse_document_number(text), DocumentNumber | IdentifierProblem)


@given(AWKWARD)
def test_normalising_twice_changes_nothing_more(text: str) -> None:
    for normalise in (strip_control, normalise_text, normalise_code):
        assert normalise(normalise(text)) == normalise(text)


@given(AWKWARD)
def test_a_key_and_a_print_are_their_own_normal_form(text: str) -> None:
    number = parse_document_number(text)
    if isinstance(number, DocumentNumber):
        assert number.key and number.loose_key
        again = parse_document_number(number.key)
        assert isinstance(again, DocumentNumber) and again.key == number.key
        assert parse_document_number(number.printed) == number


@given(AWKWARD)
def test_what_is_stored_can_be_written_as_utf8(text: str) -> None:
    number = parse_document_number(text + "\ud800" + "号")
    if isinstance(number, DocumentNumber):
        assert number.printed.encode() and number.key.encode()


@given(CITIZEN_FIRST17)
def test_citizen_numbers_of_an_independent_implementation_are_valid(first17: str) -> None:
    assert is_citizen_number(citizen_number(first17))


@given(CITIZEN_FIRST17, st.integers(0, 16), st.sampled_from("0123456789"))
def test_no_single_mistyped_digit_makes_another_citizen_number(first17: str, position: int, digit: str) -> None:
    number = citizen_number(first17)
    mistyped = number[:position] + digit + number[position + 1 :]
    assert is_citizen_number(mistyped) == (mistyped == number)


@given(DIGITS, CITIZEN_FIRST17, DIGITS)
def test_a_citizen_number_is_found_and_masked_whatever_surrounds_it(before: str, first17: str, after: str) -> None:
    number = citizen_number(first17)
    text = before + number + after
    assert (len(before), len(before) + 18) in find_citizen_numbers(text)
    masked = mask_free_text(text)
    assert len(masked) == len(text)
    assert masked[len(before) + 4 : len(before) + 16] == "*" * 12
    assert find_citizen_numbers(masked) == []


@given(CITIZEN_FIRST17)
def test_a_masked_number_shows_six_signs_and_stays_as_it_is(first17: str) -> None:
    masked = mask_id_number(citizen_number(first17))
    assert masked.count("*") == 12
    assert mask_id_number(masked) == masked


@given(AWKWARD, CITIZEN_FIRST17)
def test_no_problem_ever_repeats_a_citizen_number(prefix: str, first17: str) -> None:
    number = citizen_number(first17)
    for parse in (parse_uscc, parse_citizen_number):
        result = parse(prefix + number)
        if isinstance(result, IdentifierProblem):
            assert not find_citizen_numbers(result.message)
            assert number[6:14] not in result.message
