"""Files of papers after they came in: limits, the scanner, and what nobody refers to."""

import os
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from services.repair.materials.scan import ScanRound
from services.repair.materials.scanners import Scanner, scanner_at
from services.repair.materials.store import scan_again
from services.repair.materials.tables import material_file
from services.repair.materials.tidy import Tidying
from services.repair.materials.wiring import cabinet_of
from services.repair.settings import RepairSettings
from shared.clock import FrozenClock, governed_by, wall_time
from shared.database.mechanics import audit_entry
from tests.support import papers
from tests.support.metrics import gauge
from tests.support.paper_desk import (
    OWN,
    applied,
    fetched,
    files,
    handed_in,
    known,
    link,
    overview,
    problem,
    send,
    waiting,
)
from tests.support.rows import AUTHORITY
from tests.support.scanners import MALWARE, FakeClamd, FakeScanner
from tests.support.services import RunningService, running_service

DAY = timedelta(days=1)


@pytest.fixture
async def small(tmp_sqlite_url: str, tmp_path: Path) -> AsyncIterator[RunningService]:
    """repair that takes little: files of 1 KB, two of an application, and none unscanned is handed out."""
    token = {"scope": "repair:write repair:read", "sub": "clerk", "authorities": [AUTHORITY]}
    settings = {"material_max_bytes": 1024, "material_max_files": 2, "material_scanner": "tcp://127.0.0.1:9"}
    async with running_service("repair", tmp_sqlite_url, tmp_path, token, **settings) as service:
        yield service


def scanning(repair: RunningService, data_dir: Path, scanner: Scanner | None) -> ScanRound:
    return ScanRound(repair.database, repair.clock, cabinet_of(RepairSettings(data_dir=data_dir)), scanner)


def tidying(repair: RunningService, data_dir: Path) -> Tidying:
    return Tidying(repair.database, repair.clock, cabinet_of(RepairSettings(data_dir=data_dir)), DAY)


def aged(data_dir: Path) -> None:
    """As if everything had been put in long ago."""
    for path in files(data_dir):
        os.utime(path, (0, 0))


async def test_a_file_above_the_limit_is_refused_announced_or_not(small: RunningService, tmp_path: Path) -> None:
    application_id = await waiting(small)
    before = await small.counts()
    announced = await send(small, application_id, content=papers.pdf("x" * 2000))
    assert (problem(announced), announced.json()["limit"]) == ((413, "request-too-large"), 1024)

    async def unannounced() -> AsyncIterator[bytes]:
        for _ in range(10):
            yield b"%PDF-1.7\n" + b"x" * 200

    streamed = await small.client.post(
        f"/v1/repair-applications/{application_id}/materials?kind=commitment",
        content=unannounced(),
        headers=small.headers(**OWN) | {"Content-Type": "application/octet-stream"},
    )
    assert problem(streamed) == (413, "request-too-large")
    assert (await small.counts(), files(tmp_path)) == (before, [])


async def test_an_application_takes_only_so_many_papers(small: RunningService, tmp_path: Path) -> None:
    application_id = await waiting(small)
    first = await send(small, application_id, key="first")
    assert first.status_code == 201
    await handed_in(small, application_id, "other", papers.png())
    third = await send(small, application_id, "other", papers.jpeg())
    assert (problem(third), third.json()["limit"]) == ((409, "conflict"), 2)
    again = await send(small, application_id, key="first")
    assert (again.status_code, again.json()) == (201, first.json())
    assert len(await small.rows(material_file)) == 2


async def test_what_the_scanner_has_not_seen_is_not_handed_out(small: RunningService, tmp_path: Path) -> None:
    application_id = await waiting(small)
    material_id = await handed_in(small, application_id)
    refused = await link(small, material_id)
    assert problem(refused) == (409, "file-unscanned")
    assert refused.headers["retry-after"] == "30"
    scanner = FakeScanner()
    assert await scanning(small, tmp_path, scanner).run() == 1
    assert scanner.seen == [papers.pdf()]
    assert (await fetched(small, material_id)).headers["x-scan-state"] == "clean"
    assert await scanning(small, tmp_path, scanner).run() == 0


async def test_an_infected_paper_is_never_handed_out_and_counts_as_missing(
    repair: RunningService, tmp_path: Path
) -> None:
    first, second = await known(repair, 2)
    application_id = await applied(repair, [first])
    infected = papers.pdf(MALWARE.decode())
    material_id = await handed_in(repair, application_id, content=infected)
    assert len((await overview(repair, application_id))["missing"]) == 1
    address = (await link(repair, material_id)).json()["address"]  # without a scanner in the settings it may go out
    async with FakeClamd().on_tcp() as where:
        assert await scanning(repair, tmp_path, scanner_at(where, 10)).run() == 1
    refused = await repair.client.get(address)
    assert (problem(refused), refused.json()["finding"]) == ((409, "file-infected"), "Test.Malware")
    assert problem(await link(repair, material_id)) == (409, "file-infected")
    found = await overview(repair, application_id)
    assert (len(found["missing"]), found["materials"][0]["scan"]) == (2, "infected")
    assert gauge("repair_material_files", scan="infected") == 1
    again = await send(repair, await applied(repair, [second]), content=infected)
    assert problem(again) == (409, "file-infected")
    assert "materials.scanned" in {row.action for row in await repair.rows(audit_entry)}


async def test_a_scanner_that_is_down_leaves_papers_unscanned_and_is_asked_again_later(
    repair: RunningService, tmp_path: Path
) -> None:
    application_id, now = await waiting(repair), FrozenClock(wall_time())
    with governed_by(now):
        for number in range(3):
            await handed_in(repair, application_id, "other", papers.pdf(f"paper {number}"))
        scanner = FakeScanner(is_down=True)
        round_ = scanning(repair, tmp_path, scanner)
        assert await round_.run() == 0
        assert len(scanner.seen) == 1  # the others are spared
        for _ in range(2):
            assert await round_.run() == 0
        assert await round_.run() == 0
        assert len(scanner.seen) == 3  # each had its turn and waits now
        now.advance(timedelta(minutes=5))
        assert (gauge("repair_material_files", scan="unscanned"), await round_.run()) == (3, 0)
        assert (gauge("repair_materials_unscanned_age_seconds") or 0) >= 300
        scanner.is_down = False
        async with repair.work() as work:
            assert await scan_again(work) == 3
        assert await round_.run() == 3
    assert {row.scan for row in await repair.rows(material_file)} == {"clean"}


async def test_a_file_that_is_gone_or_damaged_is_no_verdict(repair: RunningService, tmp_path: Path) -> None:
    application_id = await waiting(repair)
    await handed_in(repair, application_id)
    [file] = files(tmp_path)
    file.write_bytes(file.read_bytes()[:-1])
    assert await scanning(repair, tmp_path, FakeScanner()).run() == 0
    assert [row.scan for row in await repair.rows(material_file)] == ["unscanned"]


async def test_only_what_no_paper_refers_to_is_removed_and_only_after_a_day(
    repair: RunningService, tmp_path: Path
) -> None:
    application_id, now = await waiting(repair), FrozenClock(wall_time())
    with governed_by(now):
        kept = await handed_in(repair, application_id)
        taken_back = await handed_in(repair, application_id, "commitment", papers.png())
        removal = await repair.post(f"/v1/repair-materials/{taken_back}/removal", {"reason": "传错了"}, **OWN)
        assert removal.status_code == 200
        with cabinet_of(RepairSettings(data_dir=tmp_path)).incoming() as incoming:
            incoming.writer.write(b"put away, and then the process was killed")
            incoming.keep(incoming.writer.finish())
        (tmp_path / "materials" / "incoming" / "left").write_bytes(b"half")
        assert await tidying(repair, tmp_path).tidy() == 0
        assert len(files(tmp_path)) == 4
        aged(tmp_path)
        now.advance(DAY + timedelta(seconds=1))
        assert await tidying(repair, tmp_path).tidy() == 3
    assert len(files(tmp_path)) == len(await repair.rows(material_file)) == 1
    assert (await fetched(repair, kept)).content == papers.pdf()


async def test_what_comes_again_while_it_is_tidied_away_stays(repair: RunningService, tmp_path: Path) -> None:
    application_id, now = await waiting(repair), FrozenClock(wall_time())
    with governed_by(now):
        material_id = await handed_in(repair, application_id)
        await repair.post(f"/v1/repair-materials/{material_id}/removal", {"reason": "传错了"}, **OWN)
        aged(tmp_path)
        now.advance(2 * DAY)
        again = await handed_in(repair, application_id)
        for path in files(tmp_path):
            os.utime(path, (now.now().timestamp(), now.now().timestamp()))  # the disk lives by the machine's clock
        assert await tidying(repair, tmp_path).tidy() == 0
        assert (await fetched(repair, again)).content == papers.pdf()
