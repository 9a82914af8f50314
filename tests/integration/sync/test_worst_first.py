"""The list of what is not as wanted: each record once at its worst, in one order, by whatever page and filter."""

import random
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from services.sync.tables import drift, placement
from services.sync.watch import store
from services.sync.watch.domain.state import NOT_AS_WANTED, WORST_FIRST, State
from services.sync.watch.store import Asked
from services.sync.watch.tables import register_entry
from services.sync.watch.worst_first import FEW, STEPS, Position, worst_first
from shared.vocabulary import Audience, DriftKind, Portal
from tests.support.sync_house import START, SyncHouse, record_id

NOW = START + timedelta(days=30)
RECORDS = 60
HITS = "半数"


def _placement(chance: random.Random, key: str, portal: Portal, former_of: str | None) -> dict[str, Any]:
    seen = chance.random() < 0.4
    return {
        "record_id": key,
        "portal": portal,
        "audience": Audience.CREDIT_SITES,
        "former_of": former_of,
        "portal_key": f"{portal}-{key}",
        "source_generation": 1,
        "generation": 1,
        "take_down": chance.random() < 0.5 or former_of is not None,
        # Few days, so that many placements are due at the same instant.
        "due_at": NOW + timedelta(days=chance.choice((-2, -1, 1, 2))),
        "wanted_at": NOW - timedelta(days=chance.randrange(3, 6)),
        "acknowledged_generation": 0,
        "observed_generation": 1 if seen else 0,
        "pushes": 0,
        "next_push_at": NOW,
        "looks": 0,
        "mends": 3 if chance.random() < 0.1 else 0,
        "refusal": "样例" if chance.random() < 0.15 else None,
    }


def _drift(number: int, of: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    keys = {name: of[name] for name in ("record_id", "portal", "portal_key")}
    found_at = NOW - timedelta(hours=chance.choice((1, 24, 48)))
    mended_at = NOW if chance.random() < 0.3 else None
    common = {"run_id": "r" * 32, "kind": DriftKind.MISSING, "found_at": found_at, "mended_at": mended_at}
    return {"drift_id": f"{number:032x}", **keys, **common}


async def _fill(house: SyncHouse, chance: random.Random) -> None:
    placements: list[dict[str, Any]] = []
    for number in range(1, RECORDS + 1):
        placements += [_placement(chance, record_id(number), portal, None) for portal in Portal]
        if chance.random() < 0.3:
            portal = chance.choice(list(Portal))
            placements.append(_placement(chance, record_id(number + 1000), portal, record_id(number)))
    drifts = [_drift(number, one, chance) for number, one in enumerate(chance.sample(placements, 40))]
    names = [
        dict.fromkeys(register_entry.c.keys(), "")
        | {"record_id": record_id(number), "subject_name": HITS if number % 2 else "样例"}
        for number in range(1, RECORDS + 1)
    ]
    async with house.database.writing() as connection:
        await connection.execute(insert(placement), placements)
        await connection.execute(insert(drift), drifts)
        await connection.execute(insert(register_entry), names)


async def _recounted(house: SyncHouse, asked: Asked) -> list[Position]:
    """The same list from all placements, one by one."""
    async with house.database.reading() as connection:
        rows = await store.placements_of(connection, NOW, [record_id(number) for number in range(1, RECORDS + 1)])
        found = {row.record_id for row in await connection.execute(store.found(asked.q))} if asked.q else None
    worst: dict[str, tuple[Position, str, str, Any]] = {}
    for row in rows:
        if row.state == State.SAME or (asked.portal and row.portal != asked.portal):
            continue
        at = row.since if row.state == State.DIFFERS else row.due_at
        one = (Position(WORST_FIRST.index(row.state), at, row.record), row.record_id, row.portal, row.since)
        worst[row.record] = min(one, worst.get(row.record, one))
    return sorted(
        position
        for position, _, _, since in worst.values()
        if WORST_FIRST[position.rank] in asked.states
        and (found is None or position.record in found)
        and (asked.older_than is None or since < asked.older_than)
    )


async def _listed(house: SyncHouse, asked: Asked, limit: int, few: int = FEW, steps: int = STEPS) -> list[Position]:
    met: list[Position] = []
    beyond: Position | None = None
    async with house.database.reading() as connection:
        while True:
            page, beyond = await worst_first(connection, NOW, asked, beyond, limit, few, steps)
            assert len(page) <= limit
            met += page
            if beyond is None:
                return met


FILTERS: Sequence[dict[str, Any]] = (
    {},
    {"portal": Portal.CREDIT_CHINA},
    {"states": (State.DIFFERS,)},
    {"states": (State.FAILED, State.MOVING), "portal": Portal.CREDIT_JIANGSU},
    {"q": HITS},
    {"older_than": NOW - timedelta(hours=30)},
)


@pytest.mark.parametrize("seed", range(3))
async def test_every_page_and_filter_lists_each_record_once_at_its_worst(house: SyncHouse, seed: int) -> None:
    await _fill(house, random.Random(seed))
    for given in FILTERS:
        asked = Asked(**{"states": NOT_AS_WANTED, **given})
        expected = await _recounted(house, asked)
        assert expected, given
        for limit in (7, 1_000):
            assert await _listed(house, asked, limit) == expected, (given, limit)


async def test_a_search_with_many_hits_lists_the_same_as_one_with_few(house: SyncHouse) -> None:
    await _fill(house, random.Random(7))
    asked = Asked(q=HITS)
    by_hits = await _listed(house, asked, 10)
    assert by_hits
    assert await _listed(house, asked, 10, few=3) == by_hits


async def test_a_walk_that_meets_little_hands_out_short_pages_and_goes_on(house: SyncHouse) -> None:
    await _fill(house, random.Random(7))
    asked = Asked(states=(State.MOVING,))
    whole = await _listed(house, asked, 1_000)
    assert whole
    assert await _listed(house, asked, 2, steps=1) == whole
