"""A scan keeps each key once, whatever a listing shows twice, and says so."""

from collections.abc import Sequence

import pytest
from sqlalchemy import delete, select, update

from services.sync.reconciliation import runs
from services.sync.reconciliation.entries import UNLIKE_OURS, Entry
from services.sync.reconciliation.runs import Run
from services.sync.reconciliation.scan import Mark, RunLost, store_part
from services.sync.tables import reconciliation, scan_entry
from shared.messaging.unit_of_work import unit_of_work
from tests.support.sync_house import CHINA, SyncHouse


async def _run(house: SyncHouse) -> Run:
    await house.request()
    async with unit_of_work(house.database, house.clock) as work:
        run = await runs.take(work, CHINA)
    assert run is not None
    return run


async def _stored(house: SyncHouse, run: Run, *parts: Sequence[Sequence[str]]) -> dict[str, tuple[str, bool | None]]:
    """Parts of pages of entries: a key, and behind a colon the digest of what is shown."""

    def entry(written: str) -> Entry:
        key, _, digest = written.partition(":")
        return key, run.run_id, digest

    for part in parts:
        await store_part(house.database, house.clock, run, [[entry(one) for one in page] for page in part])
    columns = scan_entry.c
    rows = await house.rows(select(scan_entry).where(columns.run_id == run.run_id))
    return {row.portal_key: (row.shown_digest, row.doubled) for row in rows}


async def test_a_listing_without_doubles_is_kept_as_it_is(house: SyncHouse) -> None:
    stored = await _stored(house, await _run(house), [["a:1", "b:2"], ["c:3"]], [["d:4"]], [])
    assert stored == {"a": ("1", None), "b": ("2", None), "c": ("3", None), "d": ("4", None)}


@pytest.mark.parametrize(
    ("parts", "on_one_page"),
    [
        ([[["a:1", "a:1", "b:2"]]], True),
        ([[["a:1"], ["a:1", "b:2"]]], False),
        ([[["a:1", "b:2"]], [["a:1"]]], False),
        ([[["a:1"]], [["a:1", "a:1", "b:2"]]], True),
        ([[["a:1", "a:1"]], [["a:1", "b:2"]]], True),
    ],
)
async def test_a_key_that_is_listed_twice_tells_whether_one_page_shows_both(
    house: SyncHouse, parts: Sequence[Sequence[Sequence[str]]], on_one_page: bool
) -> None:
    assert await _stored(house, await _run(house), *parts) == {"a": ("1", on_one_page), "b": ("2", None)}


@pytest.mark.parametrize("parts", [[[["a:1", "a:2"]]], [[["a:1"], ["a:2"]]], [[["a:1"]], [["a:2"]], [["a:1"]]]])
async def test_what_is_listed_in_two_forms_is_like_neither(
    house: SyncHouse, parts: Sequence[Sequence[Sequence[str]]]
) -> None:
    assert (await _stored(house, await _run(house), *parts))["a"][0] == UNLIKE_OURS


async def test_another_run_with_the_same_keys_is_no_double(house: SyncHouse) -> None:
    first, second = await _run(house), await _run(house)
    await _stored(house, first, [["a:1"]])
    assert await _stored(house, second, [["a:1"]]) == {"a": ("1", None)}


async def test_a_part_with_a_double_is_noted_as_read_like_any_other(house: SyncHouse) -> None:
    run = await _run(house)
    await store_part(house.database, house.clock, run, [[("a", run.run_id, "1")] * 2], Mark(0, 2))
    assert (await house.run(run.run_id)).listed == 2


async def test_a_part_that_a_crash_of_the_server_took_is_missed_by_the_next_one(house: SyncHouse) -> None:
    """It goes with what was noted with it; the worker that reads on knows nothing of the crash."""
    run = await _run(house)
    await store_part(house.database, house.clock, run, [[("a", run.run_id, "1")]], Mark(0, 1))
    async with house.database.writing() as connection:
        await connection.execute(delete(scan_entry))
        await connection.execute(update(reconciliation).values(listed=0, checkpoint=None))
    with pytest.raises(RunLost):
        await store_part(house.database, house.clock, run, [[("b", run.run_id, "2")]], Mark(1, 2, last=True))
    assert await house.count(scan_entry) == 0
