"""The quick reader of batches gives what the careful one gives, or nothing."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.api.reading import BATCH, plain_batch, read_batch
from shared.errors import Problem

NAMES = st.one_of(st.sampled_from(["CF_WSH", "CF_NR"]), st.text(max_size=5), st.just("n" * 101))
CELLS = st.one_of(
    st.text(max_size=8),
    st.integers(),
    st.integers(min_value=2**63, max_value=2**70),
    st.floats(),
    st.booleans(),
    st.none(),
    st.lists(st.none(), max_size=1),
    st.just({"a": 1}),
)
PLAIN = st.dictionaries(st.text(max_size=5), st.one_of(st.text(max_size=8), st.none(), st.integers(0, 9)), max_size=4)
BATCHES = st.one_of(
    st.fixed_dictionaries({"kind": st.just("penalty"), "rows": st.lists(PLAIN, max_size=4)}),
    st.fixed_dictionaries(
        {
            "kind": st.sampled_from(["penalty", "licence", "nothing", 1, None]),
            "rows": st.one_of(st.lists(st.dictionaries(NAMES, CELLS, max_size=3), max_size=3), CELLS),
        },
        optional={"more": st.none()},
    ),
)


@given(BATCHES)
def test_a_batch_that_is_read_quickly_is_read_the_same_carefully(batch: dict[str, Any]) -> None:
    body = json.dumps(batch).encode()
    quick = plain_batch(body, 100)
    if quick is not None:
        careful = BATCH.validate_json(body)
        assert (quick.kind, quick.rows) == (careful.kind, careful.rows)
        assert [type(cell) for row in quick.rows for cell in row.values()] == [
            type(cell) for row in careful.rows for cell in row.values()
        ]


@given(st.binary(max_size=40), st.integers(0, 60))
def test_damaged_bytes_are_never_read_quickly_into_something_else(noise: bytes, at: int) -> None:
    whole = b'{"kind":"penalty","rows":[{"CF_WSH":"1"},{"CF_WSH":null}]}'
    body = whole[:at] + noise + whole[at:]
    quick = plain_batch(body, 100)
    if quick is not None:
        assert quick.rows == BATCH.validate_json(body).rows


def test_a_usual_batch_is_read_quickly() -> None:
    quick = plain_batch(b'{"kind":"penalty","rows":[{"a":"x","b":null,"c":7,"d":true}]}', 100)
    assert quick is not None
    assert quick.rows == [{"a": "x", "b": None, "c": 7, "d": True}]


def test_a_whole_number_of_any_length_stays_what_it_is() -> None:
    assert read_batch(b'{"kind":"penalty","rows":[{"a":123456789012345678901234567890}]}', 10).rows == [
        {"a": 123456789012345678901234567890}
    ]


@pytest.mark.parametrize("filling", [b"{},", b"[],"])
def test_a_large_body_with_more_brackets_than_rows_is_not_read_quickly(filling: bytes) -> None:
    body = b'{"kind":"penalty","rows":[' + filling * 800_000 + b"{}]}"
    assert plain_batch(body, 10_000) is None
    with pytest.raises(Problem):
        read_batch(body, 10_000)
