"""What a visitor types is read kindly and compared strictly; every word of the page is there in both languages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.repair.applications.domain.case import Action, ApplicationState, RecordOutcome
from services.repair.tracking.domain.typed import LONGEST, is_right, read_typed
from services.repair.tracking.texts import TEXTS
from shared.ids import new_tracking_number
from shared.policy.deadlines import deadlines
from shared.vocabulary import Asked, Portal
from tests.support.rows import COMPANY


@pytest.mark.parametrize(
    "typed", ["0123456789ABCDEF", "0123-4567-89ab-cdef", " o123 4567 89ab cdef", "０i2３4567８9abcdef"]
)
def test_a_number_is_known_however_it_is_typed(typed: str) -> None:
    assert read_typed(typed, "x").number == "0123456789ABCDEF"


@pytest.mark.parametrize("code", [COMPANY[-6:], f" {COMPANY[-6:].lower()} "])
def test_the_end_of_the_credit_code_opens(code: str) -> None:
    assert is_right(read_typed("", code), COMPANY)


@pytest.mark.parametrize("uscc", [COMPANY, None, "", "?????", "??????"])
@pytest.mark.parametrize("code", ["", "??????", COMPANY[-5:], COMPANY, "ABCDEF", "统一社会信用"])
def test_nothing_else_does(code: str, uscc: str | None) -> None:
    assert not is_right(read_typed("", code), uscc)


@given(st.text(max_size=200), st.text(max_size=200))
def test_whatever_is_typed_is_bounded_and_raises_nothing(number: str, code: str) -> None:
    typed = read_typed(number, code)
    assert len(typed.number) <= LONGEST
    assert not is_right(typed, None)


def test_a_tracking_number_is_read_as_it_is_given_out() -> None:
    for _ in range(200):
        number = new_tracking_number()
        assert read_typed(number, "").number == number


def test_every_word_of_the_page_is_there_in_both_languages() -> None:
    assert set(TEXTS["zh"]) == set(TEXTS["en"])
    assert all(text for lang in TEXTS.values() for text in lang.values())
    wanted = {f"state_{one}" for one in ApplicationState} | {f"step_{one}" for one in Action}
    wanted |= {f"portal_{one}" for one in Portal} | {f"asked_{one}" for one in Asked}
    wanted |= {f"outcome_{one}" for one in RecordOutcome}
    wanted |= {f"clock_{one}" for one in deadlines() if one.startswith("repair") and one != "repair_commitment"}
    assert sorted(wanted - set(TEXTS["zh"])) == []
