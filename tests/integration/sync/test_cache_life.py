"""A portal's pages may lag: one look that agrees is not the last word (guarantee G05)."""

from datetime import timedelta

import pytest

from services.sync.portals.base import FACES
from tests.support.portal_fake import Act
from tests.support.sync_house import MINUTE, SyncHouse, offline, online, record

LIFE = 5 * MINUTE
SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def caches(house: SyncHouse) -> None:
    house.china.keep_caches(LIFE)


async def shown(house: SyncHouse, *numbers: int) -> None:
    """Seen before and after the cache life."""
    await house.publish(*numbers)
    house.clock.advance(LIFE)
    await house.look()
    house.clock.advance(MINUTE)


async def test_presence_counts_when_a_look_after_the_cache_life_agrees(house: SyncHouse) -> None:
    await house.hear(online(1))
    await house.push()
    await house.look()
    row = await house.placement(1)
    assert (row.observed, row.agreed_at, row.next_look_at) == ("present", row.observed_at, row.observed_at + LIFE)
    house.clock.advance(LIFE - SECOND)
    assert await house.look() == 0
    assert not await house.green(1)
    house.clock.advance(SECOND)
    assert await house.look() == 1
    assert await house.green(1)
    assert (await house.placement(1)).next_look_at is None


async def test_absence_is_told_only_after_the_cache_life(house: SyncHouse) -> None:
    await shown(house, 1)
    await house.hear(offline(1))
    await house.push()
    await house.look()
    assert (await house.placement(1)).observed == "absent"
    assert house.absences == []
    house.clock.advance(LIFE)
    await house.look()
    assert [one.generation for one in house.absences] == [2]
    assert [one.sight for one in await house.observations(1)] == ["present", "present", "absent", "absent"]


async def test_what_another_edge_server_still_shows_begins_the_wait_anew(house: SyncHouse) -> None:
    await shown(house, 1)
    await house.hear(offline(1))
    await house.push()
    await house.look()
    house.china.resurrect(record(1), "list")
    house.clock.advance(LIFE)
    await house.look()
    assert not await house.green(1)
    house.china.lose(record(1))
    house.clock.advance(10 * SECOND)
    await house.look()
    assert house.absences == []
    house.clock.advance(LIFE)
    await house.look()
    assert len(house.absences) == 1


async def test_a_look_that_cannot_be_made_neither_confirms_nor_refutes(house: SyncHouse) -> None:
    await shown(house, 1)
    await house.hear(offline(1))
    await house.push()
    await house.look()
    house.china.face_down = True
    house.clock.advance(LIFE)
    await house.look()
    assert not await house.green(1)
    house.china.face_down = False
    house.clock.advance(MINUTE)
    await house.look()
    assert await house.green(1)


async def test_a_reconciliation_in_between_closes_nothing_early(house: SyncHouse) -> None:
    await shown(house, 1, 2, 3)
    await house.hear(offline(1))
    await house.push()
    await house.look()
    house.china.let_listing_lag()
    house.clock.advance(MINUTE)
    await house.reconcile()
    assert house.absences == []
    assert not await house.green(1)
    house.clock.advance(LIFE)
    await house.look()
    assert len(house.absences) == 1


async def test_a_newer_order_waits_for_its_own_cache_life(house: SyncHouse) -> None:
    await house.hear(online(1))
    await house.push()
    await house.look()
    house.clock.advance(LIFE - SECOND)
    await house.hear(online(1, 2, facts="更正后"))
    await house.push()
    await house.look()
    house.clock.advance(2 * SECOND)
    assert await house.look() == 0
    assert not await house.green(1)


@pytest.mark.parametrize("face", FACES)
async def test_presence_needs_detail_search_and_list(house: SyncHouse, face: str) -> None:
    house.china.keep_caches(timedelta())
    await house.hear(online(1))
    await house.push()
    house.china.entry(record(1)).faces.discard(face)
    await house.look()
    assert not await house.green(1)
    assert [one.as_wanted for one in await house.observations(1)] == [False]
    await house.settle(rounds=30)
    assert house.china.faces(record(1)) == set(FACES)
    assert await house.green(1)


async def test_a_record_that_the_lists_lost_is_missing_even_when_its_page_is_there(house: SyncHouse) -> None:
    await shown(house, 1, 2, 3)
    house.china.resurrect(record(1), "detail")
    run = await house.reconcile()
    assert (run.state, [row.kind for row in await house.drifts()]) == ("mended", ["missing"])
    await house.settle(rounds=20, step=MINUTE)
    assert house.china.faces(record(1)) == set(FACES)
    assert await house.green(1)


async def test_an_order_in_doubt_that_was_seen_is_taken_and_not_sent_again(house: SyncHouse) -> None:
    house.china.plan(record(1), Act.UNCERTAIN_DONE)
    await house.hear(online(1))
    await house.settle(rounds=20, step=MINUTE)
    assert len(house.china.pushed) == 1
    assert await house.green(1)
