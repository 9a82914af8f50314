"""The end of many windows while somebody else holds some of their rows: nobody waits, none is ended or told twice."""

import asyncio

import pytest
from sqlalchemy import text, update

from services.disclosure import store, tables
from services.disclosure.forms.tables import ledger_entry
from services.disclosure.sweep import end_overdue
from services.disclosure.take_down import expire
from shared.clock import legal_date
from shared.database.connection import AsyncConnection
from shared.evidence.entry import Effect
from shared.vocabulary import Audience, TakeDownReason
from tests.integration.disclosure.test_sweep import OVER, shown, sweep
from tests.support.register import move_to
from tests.support.services import RunningService

_SOMEBODY_WAITS = text(
    "SELECT count(*) FROM pg_locks WHERE NOT granted AND pid IN (SELECT pid FROM pg_locks WHERE database ="
    " (SELECT oid FROM pg_database WHERE datname = current_database()))"
)
_FOR_EVER = 600_000
_HELD = tables.publication.c


def only_where_several_write(disclosure: RunningService) -> None:
    if disclosure.database.dialect == "sqlite":
        pytest.skip("SQLite has one writer at a time")


async def somebody_waits(connection: AsyncConnection) -> None:
    for _ in range(3_000):
        if await connection.scalar(_SOMEBODY_WAITS):
            return
        await asyncio.sleep(0.02)
    raise AssertionError("nobody waits for the row")


async def end_patiently(disclosure: RunningService) -> Effect:
    """A slice that waits for whatever somebody holds."""
    async with disclosure.work() as work:
        return await end_overdue(work, legal_date(work.now), 100, _FOR_EVER)


async def each_ended_once(disclosure: RunningService, records: list[str]) -> None:
    gone = await disclosure.take_told()
    told = [(one.record_id, one.audience, one.generation) for one in gone]  # type: ignore[attr-defined]
    assert sorted(told) == sorted((record, audience, 2) for record in records for audience in Audience)
    rows = await disclosure.rows(tables.publication)
    assert {(row.state, row.generation) for row in rows} == {("offline", 2)}
    left = [row.record_id for row in await disclosure.rows(ledger_entry) if row.what == "exited"]
    assert sorted(left) == sorted(records)


async def test_what_somebody_holds_is_passed_by_and_ends_with_the_next_slice(disclosure: RunningService) -> None:
    only_where_several_write(disclosure)
    records = await shown(disclosure, 4)
    move_to(disclosure, OVER)
    async with disclosure.work() as holder:
        held = update(tables.publication).where(_HELD.record_id == records[1]).values(severity="serious")
        await holder.connection.execute(held)
        async with disclosure.work() as work:
            assert await expire(work, 100) == 3 * len(Audience)
    assert await sweep(disclosure, 100) == [len(Audience), 0]
    await each_ended_once(disclosure, records)


async def test_a_window_that_somebody_ends_while_a_slice_waits_for_it_is_not_ended_again(
    disclosure: RunningService,
) -> None:
    only_where_several_write(disclosure)
    records = await shown(disclosure, 3)
    move_to(disclosure, OVER)
    async with disclosure.work() as holder:
        taken = await store.take_down(holder, [records[1]], TakeDownReason.REPAIR_APPROVED)
        sweeping = asyncio.create_task(end_patiently(disclosure))
        await somebody_waits(holder.connection)
    assert (await sweeping).rows == 2 * len(Audience)
    assert len(taken) == len(Audience)
    assert await sweep(disclosure, 100) == [0]
    reasons = {(row.record_id, row.reason) for row in await disclosure.rows(tables.publication)}
    assert reasons == {(records[0], "window_expired"), (records[1], "repair_approved"), (records[2], "window_expired")}
    told = await disclosure.take_told()
    assert {one.record_id for one in told} == {records[0], records[2]}  # type: ignore[attr-defined]
    assert len(told) == 2 * len(Audience)


async def test_a_window_that_only_changes_while_a_slice_waits_for_it_ends_once(disclosure: RunningService) -> None:
    only_where_several_write(disclosure)
    records = await shown(disclosure, 3)
    move_to(disclosure, OVER)
    async with disclosure.work() as holder:
        changed = update(tables.publication).where(_HELD.record_id == records[1]).values(severity="serious")
        await holder.connection.execute(changed)
        sweeping = asyncio.create_task(end_patiently(disclosure))
        await somebody_waits(holder.connection)
    assert (await sweeping).rows >= 2 * len(Audience)
    await sweep(disclosure, 100)
    await each_ended_once(disclosure, records)


async def test_a_record_that_has_left_the_ledger_before_is_ended_and_counted_once(disclosure: RunningService) -> None:
    records = await shown(disclosure, 2)
    await sweep_one_before(disclosure, records[0])
    move_to(disclosure, OVER)
    before = [row for row in await disclosure.rows(ledger_entry) if row.what == "exited"]
    assert await sweep(disclosure, 100) == [2 * len(Audience), 0]
    after = [row for row in await disclosure.rows(ledger_entry) if row.what == "exited"]
    assert [row for row in after if row.record_id == records[0]] == before
    assert sorted(row.record_id for row in after) == sorted(records)


async def sweep_one_before(disclosure: RunningService, record_id: str) -> None:
    """It left the column once, and stands on it again, as after a restoration."""
    mine = update(tables.publication).where(_HELD.record_id == record_id)
    async with disclosure.work() as work:
        [first, *_] = await store.take_down(work, [record_id], TakeDownReason.REPAIR_APPROVED)
        await work.connection.execute(mine.values(state="online", reason=None, generation=first.generation + 1))
