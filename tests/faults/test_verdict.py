"""What a fault run calls lost and what wrong."""

from collections.abc import Mapping
from types import SimpleNamespace

import pytest

from shared.vocabulary import Portal
from tests.faults.orders import PORTALS
from tests.faults.verdict import Entry, lost_and_wrong
from tests.support.sync_house import record_id

SHOWN, GONE = 1, 2
AS_ORDERED: Mapping[str, Entry] = {"key-1": (True, 1), "key-2": (False, 0)}


def _row(number: int, *, down: bool) -> SimpleNamespace:
    generation = 2 if down else 1
    return SimpleNamespace(
        portal_key=f"key-{number}",
        take_down=down,
        source_generation=generation,
        generation=generation,
        observed_generation=generation,
    )


@pytest.mark.parametrize(
    ("changed", "verdict"),
    [
        ({}, (0, 0)),
        ({"key-2": None}, (0, 0)),  # neither of its orders arrived before the look: there was nothing to remove
        ({"key-2": (True, 1)}, (0, 1)),
        ({"key-2": (False, 1)}, (0, 1)),
        ({"key-1": None}, (1, 0)),
        ({"key-1": (False, 0)}, (0, 1)),
        ({"key-1": (True, 2)}, (0, 1)),
    ],
)
def test_what_a_portal_shows_is_judged_by_what_was_ordered_last(
    changed: Mapping[str, Entry | None], verdict: tuple[int, int]
) -> None:
    rows = {(record_id(at), portal): _row(at, down=at == GONE) for at in (SHOWN, GONE) for portal in PORTALS}
    holds: dict[Portal, Mapping[str, Entry]] = dict.fromkeys(PORTALS, AS_ORDERED)
    holds[PORTALS[0]] = {key: entry for key, entry in {**AS_ORDERED, **changed}.items() if entry is not None}
    assert lost_and_wrong(rows, holds, 2) == verdict


def test_a_record_without_a_placement_is_lost() -> None:
    rows = {(record_id(SHOWN), portal): _row(SHOWN, down=False) for portal in PORTALS}
    assert lost_and_wrong(rows, dict.fromkeys(PORTALS, AS_ORDERED), 2) == (len(PORTALS), 0)
