"""The end of many windows at once: told by its contract, kept in column and ledger, whatever interrupts it (G04)."""

import asyncio
import json
import sys
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, update

from services.disclosure import tables
from services.disclosure.column.tables import column_entry
from services.disclosure.column.tidy import tidy
from services.disclosure.forms.tables import ledger_entry
from services.disclosure.handlers import Handlers
from services.disclosure.rules import load_law
from services.disclosure.sweep import end_overdue
from services.disclosure.take_down import expire
from shared.clock import legal_date, start_of_legal_day
from shared.contracts.envelope import Event, decode, encode
from shared.contracts.events import PublicationOffline, RepairApproved
from shared.database.mechanics import outbox
from shared.evidence.entry import effect_of
from shared.ids import new_id
from shared.vocabulary import Audience, TakeDownReason
from tests.support import told
from tests.support.register import admit, code, move_to, penalty
from tests.support.services import RunningService

ROOT = Path(__file__).parents[3]
HEAR = Handlers(load_law())
DECIDED, OVER = told.DECIDED, date(2027, 10, 31)


async def shown(disclosure: RunningService, records: int) -> list[str]:
    """So many records online on three audiences, and nothing waiting in the outbox."""
    found = await admit(disclosure, *(penalty(number, DECIDED) for number in range(1, records + 1)))
    await disclosure.take_told()
    return found


async def ends_on(disclosure: RunningService, days: dict[str, date]) -> None:
    """As if the windows of these records ended on these days."""
    shown_on = tables.publication.c
    async with disclosure.work() as work:
        for record_id, day in days.items():
            await work.connection.execute(
                update(tables.publication).where(shown_on.record_id == record_id).values(offline_on=day)
            )


async def sweep(disclosure: RunningService, at_once: int) -> list[int]:
    taken: list[int] = []
    while not taken or taken[-1]:
        async with disclosure.work() as work:
            taken.append(await expire(work, at_once))
    return taken


async def bodies(disclosure: RunningService) -> list[bytes]:
    return [row.body for row in await disclosure.rows(outbox)]


async def test_an_order_that_the_database_writes_is_the_one_that_its_contract_writes(
    disclosure: RunningService,
) -> None:
    records = await shown(disclosure, 3)
    # Shanghai had summer time in 1988: its day began an hour earlier.
    await ends_on(disclosure, dict(zip(records, [OVER, date(1988, 6, 1), date(2024, 2, 29)], strict=True)))
    move_to(disclosure, OVER)
    await sweep(disclosure, 100)
    [body] = await bodies(disclosure)
    events = [one for one in decode(body, PublicationOffline) if isinstance(one, Event)]
    assert len(events) == 3 * len(Audience)
    assert json.loads(encode(events)) == json.loads(body)
    for one in events:
        assert one.subject == one.data.record_id
        assert one.data.due_at == start_of_legal_day(one.data.offline_on)
        assert (one.data.reason, one.data.generation) == (TakeDownReason.WINDOW_EXPIRED, 2)
        assert (one.source, one.type) == ("/creditsync/disclosure", "publication.offline")
        assert one.time == disclosure.clock.now().astimezone(UTC)
    assert len({one.id for one in events}) == len(events)


async def test_messages_carry_a_hundred_orders_and_exactly_what_was_due(disclosure: RunningService) -> None:
    records = await shown(disclosure, 150)
    later = dict.fromkeys(records[::3], OVER + timedelta(days=1))
    await ends_on(disclosure, later)
    move_to(disclosure, OVER)
    assert await sweep(disclosure, 250) == [250, 50, 0]
    assert sorted(row.events for row in await disclosure.rows(outbox)) == [50, 50, 100, 100]
    assert len({row.message_id for row in await disclosure.rows(outbox)}) == 4
    gone = await disclosure.told()
    due = {(record, audience, 2) for record in records if record not in later for audience in Audience}
    assert {(one.record_id, one.audience, one.generation) for one in gone} == due  # type: ignore[attr-defined]
    assert len(gone) == len(due)


async def test_the_ledger_is_kept_by_the_sweep_and_the_search_index_after_it(disclosure: RunningService) -> None:
    records = await shown(disclosure, 4)
    await ends_on(disclosure, {records[0]: OVER - timedelta(days=3), records[3]: OVER + timedelta(days=1)})
    move_to(disclosure, OVER)
    await sweep(disclosure, 5)
    async with disclosure.work() as work:
        while await tidy(work, at_once=2):
            pass
    assert {row.record_id for row in await disclosure.rows(column_entry)} == {records[3]}
    left = {row.record_id: row for row in await disclosure.rows(ledger_entry) if row.what == "exited"}
    assert {record: row.on_day for record, row in left.items()} == {
        records[0]: OVER - timedelta(days=3),
        records[1]: OVER,
        records[2]: OVER,
    }
    entered = {row.record_id: row for row in await disclosure.rows(ledger_entry) if row.what == "published"}
    for record, row in left.items():
        assert row.bucket == "expired"
        same = ("subject_key", "region", "decided_on", "published_on")
        assert [getattr(row, name) for name in same] == [getattr(entered[record], name) for name in same]
    assert left[records[1]].subject_key == code(2)


async def test_the_effect_is_fixed_line_by_line_in_one_order(disclosure: RunningService) -> None:
    records = await shown(disclosure, 5)
    move_to(disclosure, OVER)
    async with disclosure.work() as work:
        effect = await end_overdue(work, legal_date(work.now), 100)
    lines = sorted(f"{record} {audience} 2" for record in records for audience in Audience)
    assert effect == effect_of(lines)
    async with disclosure.work() as work:
        assert (await end_overdue(work, legal_date(work.now), 100)) == effect_of([])


async def test_a_killed_sweep_is_continued_and_each_window_told_once(disclosure: RunningService) -> None:
    number = 3_000
    await copied(disclosure, number)
    for _ in range(2):
        await _killed_on_the_way(disclosure)
    move_to(disclosure, OVER)
    assert 0 < await offline(disclosure) < number, "it was killed on the way"
    await sweep(disclosure, 1_000)
    gone = await disclosure.take_told()
    assert len({(one.record_id, one.audience) for one in gone}) == len(gone) == number  # type: ignore[attr-defined]
    assert {one.generation for one in gone} == {2}  # type: ignore[attr-defined]
    assert await offline(disclosure) == number


async def copied(disclosure: RunningService, number: int) -> None:
    """So many publications, all alike."""
    await shown(disclosure, 1)
    [model, *_] = await disclosure.rows(tables.publication)
    rows = [dict(model._mapping) | {"record_id": new_id()} for _ in range(number - len(Audience))]
    async with disclosure.work() as work:
        await work.connection.execute(tables.publication.insert(), rows)


async def offline(disclosure: RunningService) -> int:
    statement = select(func.count()).where(tables.publication.c.state == "offline")
    async with disclosure.database.reading() as connection:
        return int(await connection.scalar(statement) or 0)


async def _killed_on_the_way(disclosure: RunningService) -> None:
    before = await offline(disclosure)
    arguments = ["-m", "tests.support.sweeper", disclosure.database.url, OVER.isoformat(), "10"]
    process = await asyncio.create_subprocess_exec(sys.executable, *arguments, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    try:
        async with asyncio.timeout(60):
            while await offline(disclosure) <= before:  # noqa: ASYNC110 - another process moves it
                await asyncio.sleep(0.005)
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.communicate()


async def test_a_sweep_and_the_approval_of_repairs_at_once_end_each_window_once(disclosure: RunningService) -> None:
    records = await shown(disclosure, 60)
    move_to(disclosure, OVER)
    approved = [RepairApproved(application_id=new_id(), record_id=one, approved_on=OVER) for one in records[::2]]

    async def approve() -> None:
        for one in approved:
            await disclosure.hear(HEAR.repairs, one)

    await asyncio.gather(approve(), sweep(disclosure, 20), sweep(disclosure, 20))
    await sweep(disclosure, 20)
    gone: list[Any] = list(await disclosure.take_told())
    assert len({(one.record_id, one.audience) for one in gone}) == len(gone) == 60 * len(Audience)
    assert {one.generation for one in gone} == {2}
    reasons = {TakeDownReason.WINDOW_EXPIRED, TakeDownReason.REPAIR_APPROVED}
    for row in await disclosure.rows(tables.publication):
        assert (row.state, row.generation) == ("offline", 2)
        assert row.reason in reasons


async def test_nothing_is_done_and_told_while_nothing_is_over(disclosure: RunningService) -> None:
    await shown(disclosure, 2)
    disclosure.clock.advance(datetime(2027, 10, 30, 15, 59, 59, tzinfo=UTC) - disclosure.clock.now())
    assert await sweep(disclosure, 10) == [0]
    assert await bodies(disclosure) == []
