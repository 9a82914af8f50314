"""The pull worker misses no row of the other system, whatever that system does, and takes none twice."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from services.ingest.imports.pull.trail import MOST_MARKS, start_of_round, with_mark
from services.ingest.imports.pull.work import PullPlan, PullWorker
from services.ingest.imports.tables import pull_mark
from services.ingest.mock_source.app import create_mock_source
from services.ingest.mock_source.source import MockSource, SourceFault
from services.ingest.settings import IngestSettings
from services.ingest.tables import batch, record
from shared.clock import wall_time
from shared.outbound.client import OutboundClient, Timeouts
from shared.vocabulary import RecordKind
from tests.support.imports import ImportHouse
from tests.support.rows import AUTHORITY, OTHER_AUTHORITY, penalty
from tests.support.services import running_service


@pytest.fixture
async def house(database_url: str, tmp_path: Path) -> AsyncIterator[ImportHouse]:
    async with running_service("ingest", database_url, tmp_path, {"authorities": [AUTHORITY]}) as service:
        yield ImportHouse(service, tmp_path)


@pytest.fixture
def source() -> MockSource:
    return MockSource()


@pytest.fixture
async def worker(house: ImportHouse, source: MockSource, tmp_path: Path) -> AsyncIterator[Callable[..., PullWorker]]:
    """A pull worker with pages of five rows; each call is another process."""
    token = tmp_path / "token"
    token.write_text("source\n", encoding="ascii")
    app = create_mock_source(source, IngestSettings(data_dir=tmp_path), slow_seconds=1.0)
    http = OutboundClient("http://source.test", app=app, timeouts=Timeouts(whole=0.5))
    plan = PullPlan(
        path="/records",
        kinds=(RecordKind.PENALTY,),
        page_rows=5,
        interval=timedelta(),
        overlap=timedelta(minutes=10),
        token_file=token,
        client="enforcement-system",
        authorities=frozenset({AUTHORITY}),
    )

    def make(**changed: Any) -> PullWorker:
        return PullWorker(house.room().intake, http, replace(plan, **changed))

    yield make
    await http.close()


async def once(house: ImportHouse, worker: PullWorker) -> Any:
    """One turn, however long it should have waited; gives the mark."""
    await worker.open()
    async with house.service.work() as work:
        await work.connection.execute(update(pull_mark).values(next_at=wall_time() - timedelta(seconds=1)))
    await worker.turn()
    return (await house.service.rows(pull_mark))[0]


async def test_every_row_is_taken_in_page_by_page_and_the_mark_stands_behind_the_last(
    house: ImportHouse, source: MockSource, worker: Callable[..., PullWorker]
) -> None:
    source.add("penalty", [penalty(number) for number in range(1, 13)])
    mark = await once(house, worker())
    assert (mark.mark, mark.rows_done, mark.pages_done, mark.round_open) == ("12", 12, 3, False)
    assert len(await house.service.rows(record)) == 12
    assert sum(row.rows for row in await house.service.rows(batch)) == 12


async def test_rows_that_come_again_are_unchanged_and_make_no_event(
    house: ImportHouse, source: MockSource, worker: Callable[..., PullWorker]
) -> None:
    source.add("penalty", [penalty(number) for number in range(1, 8)])
    await once(house, worker())
    await house.service.take_told()
    await once(house, worker())
    assert await house.service.told() == []
    assert len(await house.service.rows(record)) == 7


async def test_a_row_that_was_committed_late_behind_the_mark_is_met_by_the_overlap(
    house: ImportHouse, source: MockSource, worker: Callable[..., PullWorker]
) -> None:
    source.add("penalty", [penalty(number) for number in range(1, 6)])
    late = source.reserve()
    source.add("penalty", [penalty(number) for number in range(7, 11)])
    await once(house, worker())
    assert len(await house.service.rows(record)) == 9
    source.commit("penalty", late, penalty(6))
    await once(house, worker())
    assert len(await house.service.rows(record)) == 10


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (SourceFault.ERROR, "away"),
        (SourceFault.SLOW, "away"),
        (SourceFault.GARBLED, "malformed"),
    ],
)
async def test_a_page_that_does_not_come_is_waited_for_and_the_round_goes_on_at_its_mark(
    house: ImportHouse, source: MockSource, worker: Callable[..., PullWorker], fault: SourceFault, reason: str
) -> None:
    source.add("penalty", [penalty(number) for number in range(1, 13)])
    one = worker()
    await one.open()
    source.faults.extend([fault])
    before = wall_time()
    await one.turn()
    mark = (await house.service.rows(pull_mark))[0]
    assert (mark.failure, mark.failures, mark.rows_done) == (reason, 1, 0)
    assert mark.next_at > before + timedelta(seconds=4)
    assert await one.turn() == 0, "it waits"
    mark = await once(house, one)
    assert (mark.failure, mark.failures, mark.mark) == (None, 0, "12")
    assert len(await house.service.rows(record)) == 12


async def test_a_failure_in_the_middle_keeps_what_is_taken_and_goes_on_behind_it(
    house: ImportHouse, source: MockSource, worker: Callable[..., PullWorker]
) -> None:
    source.add("penalty", [penalty(number) for number in range(1, 21)])
    page = source.page

    def breaking(kind: str, after: int, limit: int, fault: SourceFault | None = None) -> dict[str, Any]:
        if source.requests == 2:
            source.faults.append(SourceFault.ERROR)
        return page(kind, after, limit, fault)

    source.page = breaking  # type: ignore[method-assign]
    mark = await once(house, worker())
    assert (mark.mark, mark.round_open, mark.failure) == ("10", True, "away")
    asked = source.requests
    mark = await once(house, worker())
    assert (mark.mark, mark.round_open) == ("20", False)
    assert source.requests - asked == 2, "pages behind the mark are not asked for again in the same round"
    assert len(await house.service.rows(record)) == 20


async def test_more_behind_the_same_mark_is_no_page(
    house: ImportHouse, source: MockSource, worker: Callable[..., PullWorker]
) -> None:
    source.add("penalty", [penalty(number) for number in range(1, 8)])
    await once(house, worker())
    source.faults.append(SourceFault.STUCK)
    mark = await once(house, worker())
    assert (mark.failure, mark.mark, mark.rows_done) == ("stuck", "7", 7)
    assert (await once(house, worker())).failure is None


@pytest.mark.parametrize("fault", [SourceFault.DUPLICATE_PAGE, SourceFault.OUT_OF_ORDER])
async def test_a_page_twice_or_out_of_order_loses_and_doubles_nothing(
    house: ImportHouse, source: MockSource, worker: Callable[..., PullWorker], fault: SourceFault
) -> None:
    source.add("penalty", [penalty(number) for number in range(1, 26)])
    await once(house, worker())
    source.add("penalty", [penalty(number) for number in range(26, 51)])
    source.faults.append(fault)
    await once(house, worker())
    await once(house, worker())
    assert len(await house.service.rows(record)) == 50


async def test_an_expired_token_is_waited_for_and_a_renewed_file_is_read(
    house: ImportHouse, source: MockSource, worker: Callable[..., PullWorker], tmp_path: Path
) -> None:
    source.add("penalty", [penalty(1)])
    source.token = "renewed"
    mark = await once(house, worker())
    assert (mark.failure, mark.rows_done) == ("token", 0)
    (tmp_path / "token").write_text("renewed", encoding="ascii")
    assert (await once(house, worker())).rows_done == 1


async def test_what_is_no_row_or_of_a_foreign_authority_is_quarantined_and_the_others_go_on(
    house: ImportHouse, source: MockSource, worker: Callable[..., PullWorker]
) -> None:
    strange: Any = "not a row"
    source.add("penalty", [penalty(1), strange, penalty(2, CF_CFJGDM=OTHER_AUTHORITY), {"CF_WSH": {"a": 1}}])
    await once(house, worker())
    assert len(await house.service.rows(record)) == 1
    assert '"quarantined": 3' in (await house.service.rows(batch))[0].counts


async def test_two_processes_take_each_page_once(
    house: ImportHouse, source: MockSource, worker: Callable[..., PullWorker]
) -> None:
    source.add("penalty", [penalty(number) for number in range(1, 31)])
    first, second = worker(), worker()
    await first.open()
    await second.open()
    for _ in range(3):
        await first.turn()
        await second.turn()
    assert len(await house.service.rows(record)) == 30
    assert (await house.service.rows(pull_mark))[0].mark == "30"


def test_a_round_begins_at_the_newest_mark_older_than_the_overlap() -> None:
    now, overlap, trail = wall_time(), timedelta(minutes=10), "[]"
    assert start_of_round(trail, "", now, overlap) == ""
    for minute, mark in enumerate(["a", "b", "c", "d"]):
        trail = with_mark(trail, mark, now + timedelta(minutes=5 * minute), overlap)
    at = now + timedelta(minutes=16)
    assert start_of_round(trail, "d", at, overlap) == "b"
    assert start_of_round(trail, "d", now, overlap) == "b", "the oldest that is remembered"


def test_the_trail_stays_short() -> None:
    now, trail = wall_time(), "[]"
    for number in range(3 * MOST_MARKS):
        trail = with_mark(trail, str(number), now, timedelta(minutes=10))
    assert trail.count("[") == MOST_MARKS + 1
