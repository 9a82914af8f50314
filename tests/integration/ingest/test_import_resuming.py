"""Going on in a large file takes longer than a lease: nobody else takes it over meanwhile, and no row is read twice."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from services.ingest.files import FileLimits, FileNote, FileRefused, Refusal, SourceRow, SourceTable, open_table
from services.ingest.imports.reader import ImportReader
from services.ingest.imports.tables import import_job
from services.ingest.tables import batch, record
from shared.clock import wall_time
from shared.vocabulary import RecordKind
from tests.support.imports import ImportHouse, begin, csv_bytes, read_everything
from tests.support.rows import AUTHORITY, penalty
from tests.support.services import running_service

LEASE = timedelta(seconds=4)
LONGER_THAN_A_LEASE = 5


@pytest.fixture
async def house(database_url: str, tmp_path: Path) -> AsyncIterator[ImportHouse]:
    async with running_service("ingest", database_url, tmp_path, {"authorities": [AUTHORITY]}) as service:
        yield ImportHouse(service, tmp_path)


class SlowTable(SourceTable):
    """A table that passes over rows only when it is let; a workbook of a million rows takes minutes."""

    def __init__(self, table: SourceTable, gate: threading.Event) -> None:
        self._table, self._gate = table, gate
        self.format, self.encoding, self.kind = table.format, table.encoding, table.kind
        self.columns, self.opening_notes = table.columns, table.opening_notes

    @property
    def notes(self) -> list[FileNote]:
        return self._table.notes

    def rows(self, after: int = 0) -> Iterator[SourceRow]:
        self._gate.wait(60)
        yield from self._table.rows(after)

    def progress(self) -> float:
        return self._table.progress()

    def close(self) -> None:
        self._table.close()


async def one_slice_and_a_death(house: ImportHouse) -> str:
    """An import of which the first rows are done, and whose reader is gone."""
    import_id = await house.upload(csv_bytes([penalty(number) for number in range(1, 13)]))
    dead = ImportReader(house.room(slice_rows=5))
    reading = await begin(dead)
    assert await reading.slice() == 5
    await reading.close()
    async with house.service.work() as work:
        await work.connection.execute(update(import_job).values(leased_until=wall_time() - timedelta(seconds=1)))
    return import_id


async def test_a_reader_that_passes_over_what_is_done_keeps_its_lease(house: ImportHouse) -> None:
    import_id = await one_slice_and_a_death(house)
    gate = threading.Event()

    def slowly(path: Path, name: str, limits: FileLimits, kind: RecordKind | None) -> SourceTable:
        return SlowTable(open_table(path, name, limits, kind), gate)

    slow = asyncio.create_task(read_everything(house.room(slice_rows=5, opener=slowly, lease=LEASE)))
    await nobody_takes_over(house)
    gate.set()
    await slow
    await ended_whole(house, import_id)


async def test_a_reader_that_opens_a_large_workbook_keeps_its_lease(house: ImportHouse) -> None:
    import_id = await one_slice_and_a_death(house)
    gate = threading.Event()

    def slowly(path: Path, name: str, limits: FileLimits, kind: RecordKind | None) -> SourceTable:
        gate.wait(60)
        return open_table(path, name, limits, kind)

    slow = asyncio.create_task(read_everything(house.room(slice_rows=5, opener=slowly, lease=LEASE)))
    await nobody_takes_over(house)
    gate.set()
    await slow
    await ended_whole(house, import_id)


async def test_a_workbook_that_opens_slowly_on_a_busy_machine_is_gone_on_with_later(house: ImportHouse) -> None:
    import_id = await one_slice_and_a_death(house)

    def too_slowly(*_: object) -> SourceTable:
        raise FileRefused(Refusal.TOO_SLOW, "Opening took too long.", "Split the table.")

    assert await ImportReader(house.room(opener=too_slowly)).turn() == 1
    view = await house.look(import_id)
    assert (view["state"], view["rows"], view["reason"]) == ("reading", 5, None)
    async with house.service.work() as work:
        await work.connection.execute(update(import_job).values(leased_until=wall_time() - timedelta(seconds=1)))
    await read_everything(house.room(slice_rows=5))
    await ended_whole(house, import_id)


async def taken(house: ImportHouse) -> None:
    """Until a reader holds the import."""
    while not (await house.service.rows(import_job))[0].attempts:  # noqa: ASYNC110 - told by the database alone
        await asyncio.sleep(0.02)


async def nobody_takes_over(house: ImportHouse) -> None:
    """For longer than a lease another reader finds nothing to do."""
    await taken(house)
    other = ImportReader(house.room())
    for _ in range(4):
        await asyncio.sleep(LONGER_THAN_A_LEASE / 4)
        assert await other.turn() == 0


async def ended_whole(house: ImportHouse, import_id: str) -> None:
    view = await house.look(import_id)
    assert (view["state"], view["rows"], view["counts"]["admitted"]) == ("done", 12, 12)
    assert sorted(one.rows for one in await house.service.rows(batch)) == [2, 5, 5]
    assert len(await house.service.rows(record)) == 12


async def test_whoever_lost_the_lease_while_waiting_changes_nothing_more(house: ImportHouse) -> None:
    import_id = await one_slice_and_a_death(house)
    gate = threading.Event()

    def slowly(path: Path, name: str, limits: FileLimits, kind: RecordKind | None) -> SourceTable:
        return SlowTable(open_table(path, name, limits, kind), gate)

    slow = asyncio.create_task(read_everything(house.room(slice_rows=5, opener=slowly, lease=LEASE)))
    await taken(house)
    async with house.service.work() as work:
        past = wall_time() - timedelta(seconds=1)
        await work.connection.execute(update(import_job).values(leased_until=past, lease_id="another"))
    await read_everything(house.room(slice_rows=5))
    gate.set()
    await slow
    await ended_whole(house, import_id)
