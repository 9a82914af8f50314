"""A sentence that was said in English is told in Chinese with its values, whichever they are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.sentences import Sentences, in_language, listed

WORDS = Sentences(
    {
        "gone": ("{name} is gone.", "{name}已不在。"),
        "gone_since": ("{name} is gone since {day}.", "{name}自 {day} 起不在。"),
        "of_many": ("One of {names} is needed", "须有 {names} 之一"),
    },
    {"names": listed},
)
VALUE = st.text(min_size=1, max_size=30).filter(lambda text: " is gone" not in text and " since " not in text)


@given(VALUE, st.dates())
def test_any_value_comes_back(name: str, day: object) -> None:
    assert WORDS.in_chinese(WORDS.said("gone", name=name)) == f"{name}已不在。"
    assert WORDS.in_chinese(WORDS.said("gone_since", name=name, day=day)) == f"{name}自 {day} 起不在。"


def test_the_form_with_more_words_of_its_own_is_meant() -> None:
    general = Sentences({"any": ("Write {what}.", "请填写{what}。"), "flag": ("Write {one} or no.", "填{one}或否。")})
    assert general.in_chinese("Write yes or no.") == "填yes或否。"
    assert general.in_chinese("Write what you know.") == "请填写what you know。"


def test_a_list_is_told_as_chinese_writes_it() -> None:
    assert WORDS.in_chinese("One of a, b or c is needed") == "须有 a、b或c 之一"


@pytest.mark.parametrize("sentence", ["", "Gone.", "x is gone. And more."])
def test_a_sentence_of_no_form_stays_as_it_is(sentence: str) -> None:
    assert WORDS.in_chinese(sentence) is None
    assert in_language(sentence, "zh", WORDS) == sentence


def test_an_english_reader_gets_what_was_said_and_an_unknown_key_is_an_error() -> None:
    assert in_language("x is gone.", "en", WORDS) == "x is gone."
    with pytest.raises(KeyError):
        WORDS.said("never")
