"""A key that was left more than once goes on above every entry that stood under it."""

from dataclasses import dataclass
from itertools import permutations
from typing import Any

import pytest

from services.sync.former_entries import floors_of


@dataclass(frozen=True)
class Former:
    portal: str
    portal_key: str
    generation: int


@pytest.mark.parametrize("order", list(permutations([3, 9, 5])))
def test_the_highest_former_generation_of_a_key_is_outbid(order: tuple[int, ...]) -> None:
    rows: list[Any] = [Former("credit_nantong", "a", generation) for generation in order]
    other: Any = Former("credit_nantong", "b", 1)
    assert floors_of([*rows, other]) == {("credit_nantong", "a"): 10, ("credit_nantong", "b"): 2}
