"""A file is read slice by slice: one verdict a row, whoever reads, dies or reads beside."""

import asyncio
import csv
import io
import json
import random
import signal
import struct
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import update

from services.ingest.imports.reader import ImportReader
from services.ingest.imports.tables import import_job, import_slice
from services.ingest.tables import record
from shared.clock import wall_time
from shared.counted_frames import FRAMED, Sort, in_frames, last_frame
from tests.support import source_files
from tests.support.imports import ImportHouse, begin, csv_bytes, read_everything
from tests.support.rows import AUTHORITY, COMPANY, OTHER_AUTHORITY, Row, penalty
from tests.support.services import running_service


@pytest.fixture
async def house(database_url: str, tmp_path: Path) -> AsyncIterator[ImportHouse]:
    async with running_service("ingest", database_url, tmp_path, {"authorities": [AUTHORITY]}) as service:
        yield ImportHouse(service, tmp_path)


def mixed(count: int) -> list[Row]:
    """Good rows, every fifth with a wrong code, every seventh a repetition of the row before."""
    rows = [penalty(number) for number in range(1, count + 1)]
    for at in range(4, count, 5):
        rows[at]["CF_XDR_SHXYM"] = COMPANY[:-1] + "*"
    for at in range(6, count, 7):
        rows[at] = rows[at - 1]
    return rows


def total(view: dict[str, Any]) -> int:
    return sum(view["counts"].values())


async def verdicts(house: ImportHouse, import_id: str, **query: str) -> list[dict[str, Any]]:
    params = {"form": "ndjson"} | query
    asked = "&".join(f"{name}={value}" for name, value in params.items())
    answer = await house.service.get(f"/v1/imports/{import_id}/verdicts?{asked}")
    assert answer.status_code == 200, answer.text
    return [json.loads(line) for line in answer.text.splitlines()]


async def test_every_row_of_a_file_gets_one_verdict_and_the_counts_sum_to_the_rows(house: ImportHouse) -> None:
    view = await house.import_file(csv_bytes(mixed(40)))
    assert (view["state"], view["rows"], view["fraction"], view["kind"]) == ("done", 40, 1.0, "penalty")
    assert total(view) == 40
    lines = await verdicts(house, view["import_id"])
    assert [line["row"] for line in lines] == list(range(1, 41))
    assert [line["line"] for line in lines] == list(range(2, 42))
    assert Counter(line["verdict"] for line in lines) == {
        name: number for name, number in view["counts"].items() if number
    }
    wrong = lines[4]
    assert (wrong["verdict"], wrong["code"], wrong["column"]) == ("quarantined", "V02", "CF_XDR_SHXYM")
    assert wrong["sentence"]
    assert wrong["advice"]
    assert len(await house.service.rows(record)) == view["counts"]["admitted"]


async def test_the_same_file_again_is_unchanged_and_makes_no_event(house: ImportHouse) -> None:
    content = csv_bytes([penalty(number) for number in range(1, 11)])
    await house.import_file(content)
    await house.service.take_told()
    view = await house.import_file(content)
    assert view["counts"]["unchanged"] == 10
    assert await house.service.told() == []


async def test_a_row_that_the_reader_could_not_read_is_quarantined_with_its_sentence(house: ImportHouse) -> None:
    content = csv_bytes([penalty(1), penalty(2)])
    cut = content.rstrip(b"\r\n").rsplit(b",", 4)[0] + b"\r\n"
    view = await house.import_file(cut)
    assert (view["counts"]["admitted"], view["counts"]["quarantined"]) == (1, 1)
    line = (await verdicts(house, view["import_id"]))[1]
    assert (line["code"], line["verdict"]) == ("cut_row", "quarantined")
    assert line["sentence"]
    assert line["advice"]


async def test_a_row_of_a_foreign_authority_stops_itself_and_no_other(house: ImportHouse) -> None:
    view = await house.import_file(csv_bytes([penalty(1), penalty(2, CF_CFJGDM=OTHER_AUTHORITY), penalty(3)]))
    assert (view["counts"]["admitted"], view["counts"]["quarantined"]) == (2, 1)
    assert (await verdicts(house, view["import_id"]))[1]["code"] == "foreign_authority"


async def test_a_file_that_holds_no_table_is_refused_with_a_sentence_and_nothing_is_stored(house: ImportHouse) -> None:
    view = await house.import_file(b"PK\x03\x04 this is no workbook at all", name="a.xlsx")
    assert view["state"] == "refused"
    assert view["reason"]["sentence"]
    assert view["reason"]["advice"]
    assert total(view) == 0
    assert (await house.service.counts())["batch"] == 0


async def test_a_file_that_vanished_from_the_spool_is_told(house: ImportHouse) -> None:
    import_id = await house.upload(csv_bytes([penalty(1)]))
    (house.spool / import_id).unlink()
    await read_everything(house.room())
    view = await house.look(import_id)
    assert (view["state"], view["reason"]["code"]) == ("failed", "file_lost")


async def test_progress_is_told_while_a_file_is_read_and_unmoved_answers_304(house: ImportHouse) -> None:
    import_id = await house.upload(csv_bytes(mixed(12)))
    assert (await house.look(import_id))["state"] == "waiting"
    reader = ImportReader(house.room(slice_rows=2))
    reading = await begin(reader)
    await reading.slice()
    first = await house.service.get(f"/v1/imports/{import_id}")
    assert (first.json()["state"], first.json()["rows"]) == ("reading", 2)
    assert 0 < first.json()["fraction"] < 1
    assert first.json()["rows_per_second"] > 0
    headers = house.service.headers() | {"If-None-Match": first.headers["etag"]}
    assert (await house.service.client.get(f"/v1/imports/{import_id}", headers=headers)).status_code == 304
    await reading.slice()
    assert (await house.service.client.get(f"/v1/imports/{import_id}", headers=headers)).status_code == 200
    await reading.close()


async def test_a_reader_whose_lease_ran_out_changes_nothing_more(house: ImportHouse) -> None:
    import_id = await house.upload(csv_bytes(mixed(12)))
    slow = ImportReader(house.room(slice_rows=2))
    reading = await begin(slow)
    await reading.slice()
    async with house.service.work() as work:
        past = wall_time() - timedelta(seconds=1)
        await work.connection.execute(update(import_job).values(leased_until=past))
    await read_everything(house.room(slice_rows=5))
    after = await house.look(import_id)
    assert (after["state"], total(after)) == ("done", 12)
    await slow.turn()
    assert await house.look(import_id) == after
    assert [line["row"] for line in await verdicts(house, import_id)] == list(range(1, 13))


async def test_a_reader_that_is_stopped_leaves_the_rest_to_the_next_at_once(house: ImportHouse) -> None:
    import_id = await house.upload(csv_bytes(mixed(12)))
    first = ImportReader(house.room(slice_rows=2))
    reading = await begin(first)
    await reading.slice()
    await first.close()
    await read_everything(house.room())
    view = await house.look(import_id)
    assert (view["state"], total(view)) == ("done", 12)


def broken_array(count: int) -> bytes:
    """So many rows, and the array never ends."""
    return json.dumps([penalty(number) for number in range(1, count + 1)], ensure_ascii=False)[:-1].encode()


@pytest.mark.parametrize("slice_rows", [2, 3, 50])
async def test_a_file_that_breaks_off_ends_as_failed_with_the_place(house: ImportHouse, slice_rows: int) -> None:
    import_id = await house.upload(broken_array(5), name="a.json")
    await read_everything(house.room(slice_rows=slice_rows))
    view = await house.look(import_id)
    assert (view["state"], view["rows"], view["counts"]["admitted"]) == ("failed", 6, 5)
    assert view["reason"]["code"] == "rest_unreadable"
    assert view["reason"]["sentence"].startswith("Row 6, line 1: From here on the file cannot be read")


async def test_a_broken_end_has_one_verdict_when_the_process_dies_before_the_import_is_finished(
    house: ImportHouse,
) -> None:
    import_id = await house.upload(broken_array(5), name="a.json")
    first = ImportReader(house.room(slice_rows=6))
    reading = await begin(first)
    assert await reading.slice() == 6
    await first.close()
    await read_everything(house.room(slice_rows=6))
    view = await house.look(import_id)
    assert (view["state"], view["rows"], total(view)) == ("failed", 6, 6)
    assert view["reason"]["code"] == "rest_unreadable"
    assert [line["row"] for line in await verdicts(house, import_id)] == [1, 2, 3, 4, 5, 6]


async def test_a_slice_of_long_rows_ends_early(house: ImportHouse) -> None:
    import_id = await house.upload(csv_bytes([penalty(number, CF_SY="长" * 1_000) for number in range(1, 8)]))
    await read_everything(replace(house.room(slice_rows=100), slice_characters=3_000))
    view = await house.look(import_id)
    assert (view["state"], total(view)) == ("done", 7)
    assert [one.rows for one in await house.service.rows(import_slice)] == [3, 3, 1]


async def test_a_file_at_which_readers_fail_again_and_again_is_given_up(house: ImportHouse) -> None:
    import_id = await house.upload(csv_bytes([penalty(1)]))

    def explode(*_: Any) -> Any:
        raise ZeroDivisionError

    for _ in range(5):
        with pytest.raises(ZeroDivisionError):
            await ImportReader(house.room(opener=explode)).turn()
        async with house.service.work() as work:
            await work.connection.execute(update(import_job).values(leased_until=None))
    assert await ImportReader(house.room()).turn() == 1
    view = await house.look(import_id)
    assert (view["state"], view["reason"]["code"]) == ("failed", "readers_failed")


async def test_two_imports_of_the_same_decisions_at_once_leave_one_record_each(house: ImportHouse) -> None:
    rows = [penalty(number) for number in range(1, 31)]
    ids = [await house.upload(csv_bytes(rows)), await house.upload(csv_bytes(rows[::-1]))]
    await asyncio.gather(*(read_everything(house.room(slice_rows=7)) for _ in range(2)))
    views = [await house.look(import_id) for import_id in ids]
    assert [view["state"] for view in views] == ["done", "done"]
    assert [total(view) for view in views] == [30, 30]
    assert sum(view["counts"]["admitted"] for view in views) == 30
    assert sum(view["counts"]["unchanged"] for view in views) == 30
    assert len(await house.service.rows(record)) == 30


def workbook_bytes(rows: list[Row]) -> bytes:
    return source_files.workbook(("名单", source_files.table([list(rows[0]), *(list(row.values()) for row in rows)])))


def array_bytes(rows: list[Row]) -> bytes:
    return json.dumps(rows, ensure_ascii=False).encode()


@pytest.mark.parametrize(("seed", "written"), [(1, csv_bytes), (2, workbook_bytes), (3, array_bytes)])
async def test_an_import_killed_at_random_moments_ends_as_one_that_was_not(
    house: ImportHouse, database_url: str, tmp_path: Path, seed: int, written: Callable[[list[Row]], bytes]
) -> None:
    import_id = await house.upload(written(mixed(60)))
    chance = random.Random(seed)
    moments = [chance.randint(4, 45) for _ in range(3)]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.support.import_process",
        database_url, str(tmp_path), "10", ",".join(map(str, [*moments, 0])),
        cwd=Path(__file__).parents[3], stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    said, _ = await asyncio.wait_for(process.communicate(), 60)
    codes = json.loads(said.splitlines()[-1])
    assert codes[-1] == 0
    assert -signal.SIGKILL in codes
    view = await house.look(import_id)
    assert (view["state"], view["rows"], total(view)) == ("done", 60, 60)
    interrupted = await verdicts(house, import_id)
    assert [line["row"] for line in interrupted] == list(range(1, 61))
    assert [line["verdict"] for line in interrupted] == expected(mixed(60))
    assert len(await house.service.rows(record)) == view["counts"]["admitted"]


def expected(rows: list[Row]) -> list[str]:
    """What an uninterrupted reading says: a wrong code, a number seen before, or new."""
    seen: set[str] = set()
    found = []
    for row in rows:
        if row["CF_XDR_SHXYM"] != COMPANY:
            found.append("quarantined")
        else:
            found.append("unchanged" if row["CF_WSH"] in seen else "admitted")
            seen.add(row["CF_WSH"])
    return found


async def test_the_verdict_files_say_the_same_and_hold_no_formula(house: ImportHouse) -> None:
    rows = [penalty(1), penalty(2, CF_XDR_SHXYM="=1+1"), penalty(3)]
    content = csv_bytes(rows).replace(b"CF_WFXW", b"=cmd", 1)
    import_id = (await house.import_file(content))["import_id"]
    lines = await verdicts(house, import_id)
    text = (await house.service.get(f"/v1/imports/{import_id}/verdicts")).content.decode("utf-8-sig")
    table = list(csv.DictReader(io.StringIO(text)))
    assert [one["verdict"] for one in table] == [line["verdict"] for line in lines]
    assert not any(cell.startswith(("=", "+", "-", "@")) for one in table for cell in one.values())
    answer = await house.service.get(f"/v1/imports/{import_id}/verdicts?form=xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    assert sheet is not None
    head, *body = sheet.iter_rows()
    assert [cell.value for cell in head] == list(lines[0])
    assert [[cell.value or "" for cell in row] for row in body] == [list(line.values()) for line in lines]
    assert all(cell.data_type != "f" for row in body for cell in row)


async def test_a_verdict_file_can_be_asked_for_the_quarantined_rows_alone(house: ImportHouse) -> None:
    view = await house.import_file(csv_bytes(mixed(20)))
    lines = await verdicts(house, view["import_id"], verdict="quarantined")
    assert len(lines) == view["counts"]["quarantined"] > 0
    assert {line["verdict"] for line in lines} == {"quarantined"}


@pytest.mark.parametrize("form", ["csv", "xlsx", "ndjson"])
async def test_a_verdict_file_in_frames_is_the_bare_file_and_tells_its_rows(house: ImportHouse, form: str) -> None:
    view = await house.import_file(csv_bytes(mixed(20)))
    path = f"/v1/imports/{view['import_id']}/verdicts?form={form}&verdict=quarantined"
    bare = await house.service.get(path)
    token = {"Authorization": bare.request.headers["Authorization"], "Accept": FRAMED}
    framed = await house.service.client.get(path, headers=token)
    assert framed.headers["content-type"] == FRAMED
    content, told = unframed(framed.content)
    assert lines_of(content, form) == lines_of(bare.content, form)
    rows = view["counts"]["quarantined"]
    assert told[-1] == (rows, rows, Sort.EXACT) and {one[1:] for one in told} == {(rows, Sort.EXACT)}


async def test_a_file_without_an_end_is_never_whole(house: ImportHouse) -> None:
    async def broken() -> AsyncIterator[tuple[bytes, int]]:
        yield b"first", 1
        raise OSError("the database went away")

    found = b""
    with pytest.raises(OSError):
        async for piece in in_frames(broken(), 2, Sort.EXACT):
            found += piece
    assert unframed(found)[0] == b"first" and not found.endswith(last_frame(1))


def unframed(body: bytes) -> tuple[bytes, list[tuple[int, int, int]]]:
    """The file, and what each frame tells: rows so far, rows in all, what that number is."""
    content, told, at = b"", [], 0
    while at < len(body):
        length, *rest = struct.unpack_from(">IIII", body, at)
        content, at = content + body[at + 16 : at + 16 + length], at + 16 + length
        told.append((rest[0], rest[1], rest[2]))
    return content, told


def lines_of(content: bytes, form: str) -> list[list[Any]]:
    """A workbook carries the moment of its making, so its cells are compared."""
    if form != "xlsx":
        return [[line] for line in content.splitlines()]
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    return [[cell.value for cell in row] for row in sheet.iter_rows()] if sheet else []


async def test_others_are_answered_while_a_file_is_read(database_url: str, tmp_path: Path) -> None:
    async with running_service("ingest", database_url, tmp_path, {"authorities": [AUTHORITY]}) as service:
        house = ImportHouse(service, tmp_path)
        import_id = await house.upload(csv_bytes([penalty(number) for number in range(1, 3_001)]))
        reading = asyncio.create_task(read_everything(house.room(slice_rows=500)))
        answers = 0
        while not reading.done():
            async with asyncio.timeout(60):
                view = await house.look(import_id)
            answers += 1
        await reading
        assert answers >= 5
        assert view["state"] in ("waiting", "reading", "done")
        assert total(await house.look(import_id)) == 3_000


async def test_an_import_that_stands_still_is_seen_by_health(house: ImportHouse) -> None:
    await house.upload(csv_bytes([penalty(1)]))
    fresh = await house.service.client.get("/health/fresh")
    assert fresh.json()["checks"]["imports"]["ok"] is True
    async with house.service.work() as work:
        await work.connection.execute(update(import_job).values(touched_at=wall_time() - timedelta(hours=1)))
    stale = await house.service.client.get("/health/fresh")
    assert stale.status_code == 503
    assert stale.json()["checks"]["imports"]["ok"] is False
