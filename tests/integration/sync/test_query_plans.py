"""Timers ask several times a second: what they ask must stay cheap when a hundred thousand placements are at rest."""

import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event, text

from services.sync.reading import readings
from services.sync.reconciliation.compare import Question, Suspicion, suspicion
from services.sync.reconciliation.domain.scope import Scope
from services.sync.reconciliation.findings import look_at_the_rest
from services.sync.tables import calendar_year, placement
from services.sync.timers import push_again, reconcile_requested
from services.sync.watch.store import Asked
from services.sync.watch.worst_first import Position, worst_first
from shared.calendars.book import CalendarBook
from shared.calendars.keep import keep_calendar
from shared.messaging.unit_of_work import unit_of_work
from tests.support.plans import nodes, readers_of_more_than, rows_read
from tests.support.sync_house import CHINA, START, SyncHouse, record, sync_house

PLACEMENTS = 100_000
A_BATCH = 2_000
RUN = "r" * 32
pytestmark = pytest.mark.real

_IDS = "(SELECT n, lpad(to_hex(n), 32, '0') AS record_id FROM generate_series(1, CAST(:rows AS integer)) n) AS i"
_AT_REST = (
    "INSERT INTO content SELECT record_id, 'credit_sites', 1, :body FROM " + _IDS,  # noqa: S608
    """INSERT INTO placement
        (record_id, portal, audience, portal_key, source_generation, generation, take_down, closes_on, due_at,
         wanted_at, shown_digest, acknowledged_generation, acknowledged_at, observed, observed_at, observed_generation,
         pushes, next_push_at, looks, mends)
        SELECT record_id, 'credit_china', 'credit_sites', 'key-' || n, 1, 1, n % 10 = 0, '2027-03-01', '2026-03-01Z',
               '2026-03-01Z', 'digest', 1, '2026-03-01Z', 'present', '2026-03-01Z', 1,
               1, '2026-03-01Z', 1, 0
        FROM """  # noqa: S608
    + _IDS,
)
_FIRST_AGAIN = "UPDATE placement SET generation = 2, pushes = 0 WHERE record_id <= lpad(to_hex(300), 32, '0')"
_LISTED = "INSERT INTO scan_entry (run_id, portal_key, shown_digest) SELECT :run, 'key-' || n, 'digest' FROM " + _IDS  # noqa: S608


@pytest.fixture
async def large(postgres_url: str, tmp_path: Path) -> AsyncIterator[SyncHouse]:
    """A hundred thousand placements, all of them seen as wanted."""
    async with sync_house(postgres_url, f"sqlite+aiosqlite:///{tmp_path / 'bus.db'}") as house:
        async with house.database.writing() as connection:
            contents, placements = map(text, _AT_REST)
            await connection.execute(contents, {"body": record(1).model_dump_json(), "rows": PLACEMENTS})
            await connection.execute(placements, {"rows": PLACEMENTS})
            await connection.execute(text("ANALYZE"))
        yield house


async def test_idle_timers_read_no_table_from_end_to_end(large: SyncHouse) -> None:
    jobs: list[Callable[[], Awaitable[Any]]] = [
        lambda: push_again(large.ground),
        large.look,
        large.collect,
        lambda: reconcile_requested(large.ground, large.china, large.limit),
        lambda: keep_calendar(large.database, large.clock, CalendarBook(calendar_year), placement),
        lambda: _waits_to_be_read(large),
    ]
    for job in jobs:
        plans = await _plans(large, job)
        assert plans
        assert [node for plan in plans for node in readers_of_more_than(plan, A_BATCH)] == []


async def _waits_to_be_read(house: SyncHouse) -> None:
    async with house.database.reading() as connection:
        await readings(connection, {}, {CHINA: house.china.limits.pace}, house.clock.now())


async def test_a_claim_reads_the_rows_that_it_takes_and_few_others(large: SyncHouse) -> None:
    async with large.database.writing() as connection:
        await connection.exec_driver_sql(_FIRST_AGAIN)
    for job in (lambda: large.push(CHINA, range(1, 301)), large.look):
        plans = await _plans(large, job)
        assert len(plans) >= 3
        assert [node for plan in plans for node in readers_of_more_than(plan, A_BATCH)] == []


async def test_a_page_of_what_is_not_as_wanted_costs_by_what_it_shows_when_that_is_everything(large: SyncHouse) -> None:
    async with large.database.writing() as connection:
        await connection.exec_driver_sql("UPDATE placement SET observed_generation = 0, due_at = '2026-12-01Z'")
        await connection.exec_driver_sql("ANALYZE")
    found: list[Position] = []

    async def list_them() -> None:
        async with large.database.reading() as connection:
            page, _ = await worst_first(connection, START, Asked(), found[-1] if found else None, 101)
            found.extend(page)

    for _ in range(2):
        plans = await _plans(large, list_them)
        assert [node for plan in plans for node in readers_of_more_than(plan, A_BATCH)] == []
    assert len(set(found)) == 202


async def test_a_scan_is_compared_by_reading_it_a_few_times_and_not_once_for_each_record(large: SyncHouse) -> None:
    async with large.database.writing() as connection:
        await connection.execute(text(_LISTED), {"run": RUN, "rows": PLACEMENTS})
    found: list[Suspicion] = []

    async def compare() -> None:
        async with large.database.reading() as connection:
            found.append(await suspicion(connection, Question(RUN, CHINA, START, START.date()), at_most=PLACEMENTS))

    plans = await _plans(large, compare)
    assert found[0].total == PLACEMENTS // 10
    assert max(rows_read(node) for plan in plans for node in nodes(plan)) <= 3 * PLACEMENTS


async def test_what_a_run_leaves_to_look_at_is_found_among_what_is_not_as_wanted(large: SyncHouse) -> None:
    async def leave() -> None:
        async with unit_of_work(large.database, large.clock) as work:
            await look_at_the_rest(work, RUN, CHINA, Scope())

    plans = await _plans(large, leave)
    assert plans
    assert [node for plan in plans for node in readers_of_more_than(plan, A_BATCH)] == []


async def _plans(house: SyncHouse, job: Callable[[], Awaitable[Any]]) -> list[dict[str, Any]]:
    """How PostgreSQL carries out each statement of a job: explained right before it runs, and undone."""
    plans: list[dict[str, Any]] = []

    def explain(
        connection: Connection, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool
    ) -> None:
        if many or not re.match(r"\s*(SELECT|UPDATE|DELETE|WITH|\(SELECT)", statement):
            return
        with connection.begin_nested() as undone:
            found = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", parameters).scalar_one()
            undone.rollback()
        plans.append((json.loads(found) if isinstance(found, str) else found)[0]["Plan"])

    engine = house.engines()[0]
    event.listen(engine, "before_cursor_execute", explain)
    try:
        await job()
    finally:
        event.remove(engine, "before_cursor_execute", explain)
    return plans
