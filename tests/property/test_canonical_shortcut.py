"""What is spelled without the library is spelled as the library does, and refused where it refuses."""

from enum import StrEnum

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from shared.evidence.canonical import canonical

_LEAVES = st.none() | st.booleans() | st.integers() | st.text() | st.text(st.characters(codec=None), max_size=3)
_VALUES = st.recursive(
    _LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner), max_leaves=20
)


class Word(StrEnum):
    ONE = "一"


@given(_VALUES)
def test_every_value_has_the_library_s_form_or_none(value: object) -> None:
    try:
        expected = rfc8785.dumps(value)  # type: ignore[arg-type]
    except ValueError:
        with pytest.raises(ValueError):
            canonical(value)  # type: ignore[arg-type]
        return
    assert canonical(value) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [Word.ONE, {"b": Word.ONE, "a": [True, 1]}, {"\U0001f600": 1, "\ufb33": 2}, {"": {}}])
def test_words_of_a_list_and_keys_beyond_ascii_too(value: object) -> None:
    assert canonical(value) == rfc8785.dumps(value)  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [1.5, {"a": [2.0]}, ({"a": float("nan")},), {1: "a"}, {"a": {"b": object()}}, 2**53])
def test_what_has_no_form_is_refused(value: object) -> None:
    with pytest.raises(ValueError):
        canonical(value)  # type: ignore[arg-type]
