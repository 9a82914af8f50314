"""Files that appear in the watched folder are imported once and then lie beside their verdicts."""

import csv
import os
import stat
from collections import Counter
from collections.abc import AsyncIterator, Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from services.ingest.data_sharing.tables import data_share
from services.ingest.imports.folder import FolderDesk, WatchedFolder
from services.ingest.imports.repeat import note_repeat
from services.ingest.imports.tables import import_job
from services.ingest.tables import record
from tests.support.imports import ImportHouse, csv_bytes, read_everything
from tests.support.rows import AUTHORITY, OTHER_AUTHORITY, penalty
from tests.support.services import running_service

CONTENT = csv_bytes([penalty(number) for number in range(1, 5)])


@pytest.fixture
async def house(database_url: str, tmp_path: Path) -> AsyncIterator[ImportHouse]:
    async with running_service("ingest", database_url, tmp_path, {"authorities": [AUTHORITY]}) as service:
        yield ImportHouse(service, tmp_path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "inbox"
    path.mkdir()
    return path


@pytest.fixture
def watched(house: ImportHouse, folder: Path) -> Callable[[], WatchedFolder]:
    """A process that watches the folder; each call is another one."""

    def watch() -> WatchedFolder:
        service = house.service
        desk = FolderDesk(
            service.database, service.clock, house.room().spool, folder, "enforcement-system", None, 100_000
        )
        return WatchedFolder(desk)

    return watch


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir() if not entry.name.startswith("."))


async def test_a_file_that_stays_as_it_is_for_two_looks_is_read_and_lies_in_done(
    house: ImportHouse, folder: Path, watched: Callable[[], WatchedFolder]
) -> None:
    one = watched()
    (folder / "名单.csv").write_bytes(CONTENT)
    await one.look()
    assert names(folder / "taken") == []
    (folder / "名单.csv").write_bytes(CONTENT + b"\n")
    await one.look()
    assert names(folder / "taken") == [], "it has grown since"
    await one.look()
    await read_everything(house.room())
    await one.look()
    assert names(folder / "done") == ["名单.csv", "名单.csv.verdicts.csv"]
    verdicts = folder / "done" / "名单.csv.verdicts.csv"
    assert stat.S_IMODE(verdicts.stat().st_mode) == 0o600
    with verdicts.open(encoding="utf-8-sig") as file:
        assert [row["verdict"] for row in csv.DictReader(file)] == ["admitted"] * 4
    assert len(await house.service.rows(record)) == 4
    assert names(folder) == ["done", "refused", "taken"]


async def test_a_done_mark_makes_a_file_complete_at_once(
    house: ImportHouse, folder: Path, watched: Callable[[], WatchedFolder]
) -> None:
    (folder / "a.csv").write_bytes(CONTENT)
    (folder / "a.csv.done").touch()
    await watched().look()
    assert [row.state for row in await house.service.rows(import_job)] == ["waiting"]
    assert names(folder) == ["done", "refused", "taken"]


async def test_what_is_no_file_to_read_is_left_alone(
    house: ImportHouse, folder: Path, watched: Callable[[], WatchedFolder]
) -> None:
    for name in (".hidden", "a.csv.part", "~$a.xlsx", "b.tmp"):
        (folder / name).write_bytes(CONTENT)
    (folder / "link.csv").symlink_to("/etc/hostname")
    (folder / "sub").mkdir()
    one = watched()
    await one.look()
    await one.look()
    assert await house.service.rows(import_job) == []


async def test_a_file_without_a_table_lies_in_refused_with_its_reason(
    house: ImportHouse, folder: Path, watched: Callable[[], WatchedFolder]
) -> None:
    (folder / "empty.csv").touch()
    (folder / "large.csv").write_bytes(b"x" * 100_001)
    one = watched()
    await one.look()
    await one.look()
    await read_everything(house.room())
    await one.look()
    assert names(folder / "done") == []
    assert {name for name in names(folder / "refused") if name.endswith((".csv", ".note.txt"))} >= {
        "empty.csv",
        "empty.csv.note.txt",
        "large.csv",
        "large.csv.note.txt",
    }
    assert (folder / "refused" / "empty.csv.note.txt").read_text(encoding="utf-8").strip()


async def test_the_same_content_is_read_once_unless_forced_and_no_name_is_overwritten(
    house: ImportHouse, folder: Path, watched: Callable[[], WatchedFolder]
) -> None:
    one = watched()
    for attempt in range(3):
        (folder / "a.csv").write_bytes(CONTENT)
        (folder / "a.csv.done").touch()
        if attempt == 2:
            (folder / "a.csv.force").touch()
        await one.look()
        await read_everything(house.room())
        await one.look()
    counts = [row.counts for row in await house.service.rows(import_job)]
    assert len(counts) == 2
    assert '"unchanged": 4' in counts[1]
    done = names(folder / "done")
    assert done == [
        "a-2.csv",
        "a-2.csv.note.txt",
        "a-3.csv",
        "a-3.csv.verdicts.csv",
        "a.csv",
        "a.csv.verdicts.csv",
    ]
    assert names(folder) == ["done", "refused", "taken"]


async def test_the_same_list_on_another_day_counts_as_received_and_unchanged(
    house: ImportHouse, folder: Path, watched: Callable[[], WatchedFolder]
) -> None:
    content = csv_bytes([penalty(1), penalty(2), penalty(3, CF_CFJGDM=OTHER_AUTHORITY), penalty(4, CF_SY="")])
    one = watched()
    for _ in range(3):
        (folder / "a.csv").write_bytes(content)
        (folder / "a.csv.done").touch()
        await one.look()
        await read_everything(house.room(slice_rows=10))
        await one.look()
        house.service.clock.advance(timedelta(days=1))
    brought = Counter[tuple[date, str, str, int, int, int]]()
    for row in await house.service.rows(data_share):
        figures = row.received, row.admitted + row.quarantined, row.unchanged
        brought[row.on_day, row.source, row.authority_code, *figures] += 1
    first = date(2026, 11, 2)
    client = "enforcement-system"
    days = [first + timedelta(days=number) for number in range(3)]
    assert brought == Counter(
        {(days[0], client, AUTHORITY, 3, 3, 0): 1, (days[0], client, OTHER_AUTHORITY, 1, 1, 0): 1}
        | {(day, client, AUTHORITY, 3, 0, 3): 1 for day in days[1:]}
        | {(day, client, OTHER_AUTHORITY, 1, 0, 1): 1 for day in days[1:]}
    )


async def test_a_crash_while_a_repeated_file_is_put_away_counts_it_once(
    house: ImportHouse, folder: Path, watched: Callable[[], WatchedFolder]
) -> None:
    one = watched()
    (folder / "a.csv").write_bytes(CONTENT)
    (folder / "a.csv.done").touch()
    await one.look()
    await read_everything(house.room())
    await one.look()
    [first] = await house.service.rows(import_job)
    for _ in range(2):  # the second time it finds what the first one noted
        async with house.service.work() as work:
            await note_repeat(work, "0" * 32, first.import_id)
    assert [(row.received, row.unchanged) for row in await house.service.rows(data_share)].count((4, 4)) == 1


async def test_a_name_as_long_as_a_folder_takes_is_put_away_under_a_shorter_one(
    house: ImportHouse, folder: Path, watched: Callable[[], WatchedFolder]
) -> None:
    one = watched()
    for _ in range(2):
        (folder / f"{'名' * 83}.csv").write_bytes(CONTENT)
        await one.look()
        await one.look()
        await read_everything(house.room())
        await one.look()
    assert names(folder / "taken") == []
    assert names(folder / "done") == sorted(
        [f"{'名' * 79}.csv", f"{'名' * 79}.csv.verdicts.csv", f"{'名' * 78}-2.csv", f"{'名' * 78}-2.csv.note.txt"]
    )


async def test_a_name_in_another_encoding_is_put_away_too(
    house: ImportHouse, folder: Path, watched: Callable[[], WatchedFolder]
) -> None:
    one = watched()
    for _ in range(2):
        (folder / os.fsdecode("名单.csv".encode("gb18030"))).write_bytes(CONTENT)
        await one.look()
        await one.look()
        await read_everything(house.room())
        await one.look()
    assert names(folder / "taken") == []
    assert len(names(folder / "done")) == 4


async def test_a_crash_after_the_file_was_set_aside_loses_nothing(
    house: ImportHouse, folder: Path, watched: Callable[[], WatchedFolder]
) -> None:
    (folder / "a.csv").write_bytes(CONTENT)
    dying = watched()
    await dying.look()
    aside = dying._set_aside(folder / "a.csv")
    assert aside.parent.parent == folder / "taken"
    (house.spool).mkdir(exist_ok=True)
    (house.spool / aside.parent.name).write_bytes(CONTENT[:10])  # it died while copying
    another = watched()
    await another.look()
    await read_everything(house.room())
    await another.look()
    assert names(folder / "done") == ["a.csv", "a.csv.verdicts.csv"]
    assert len(await house.service.rows(record)) == 4


async def test_two_processes_that_watch_one_folder_take_each_file_once(
    house: ImportHouse, folder: Path, watched: Callable[[], WatchedFolder]
) -> None:
    first, second = watched(), watched()
    for number in range(4):
        (folder / f"{number}.csv").write_bytes(csv_bytes([penalty(number)]))
    for _ in range(3):
        await first.look()
        await second.look()
    assert len(await house.service.rows(import_job)) == 4
    assert len(names(folder / "taken")) == 4
