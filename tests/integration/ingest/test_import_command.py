"""`creditsync import` against a served ingest: sent in pieces, gone on with after a break, verdicts beside the file."""

import asyncio
import csv
import hashlib
import io
import stat
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from services.ingest.imports.reader import ImportReader
from services.issuer import create_issuer, ensure_identity
from services.local.import_files import NOT_READ, SOME_QUARANTINED, _each, _exit_code, _put_away, _show
from services.local.ports import LOOPBACK, free_ports
from services.local.sender import Sender
from services.sync.settings import SyncSettings
from shared.clock import SystemClock
from shared.terminal_bars import Bars
from shared.web.verifier import verifier_for
from tests.support.imports import ImportHouse, csv_bytes
from tests.support.rows import COMPANY, penalty
from tests.support.services import running_service
from tests.support.web import served

CONTENT = csv_bytes([penalty(1), penalty(2, CF_XDR_SHXYM=COMPANY[:-1] + "*")])


@pytest.fixture
async def house(tmp_sqlite_url: str, tmp_path: Path) -> AsyncIterator[ImportHouse]:
    async with running_service("ingest", tmp_sqlite_url, tmp_path) as service:
        yield ImportHouse(service, tmp_path)


@pytest.fixture
async def sender(house: ImportHouse, tmp_path: Path) -> AsyncIterator[Sender]:
    """A client of ingest on a socket, with tokens of the local issuer, while a reader works."""
    secrets = ensure_identity(tmp_path)
    ingest_port, issuer_port = free_ports(2)
    issuer = f"http://{LOOPBACK}:{issuer_port}"
    settings = SyncSettings(data_dir=tmp_path, issuer=issuer)
    app = house.app()
    app.state.verifier = verifier_for(settings, SystemClock())
    stop = asyncio.Event()
    reader = ImportReader(house.room())

    async def read() -> None:
        while not stop.is_set():
            if not await reader.turn():
                await asyncio.sleep(0.05)

    async with served((app, ingest_port), (create_issuer(settings, SystemClock()), issuer_port)):
        reading = asyncio.create_task(read())
        made = Sender(f"http://{LOOPBACK}:{ingest_port}", issuer, secrets, SystemClock())
        yield made
        await made.close()
        stop.set()
        await reading


def quiet() -> Console:
    return Console(quiet=True)


async def test_a_file_is_sent_read_and_its_verdicts_lie_beside_it(sender: Sender, tmp_path: Path) -> None:
    path = tmp_path / "名单.csv"
    path.write_bytes(CONTENT)
    [end] = await _each(sender, quiet(), [path], None)
    assert (end["state"], _exit_code(end)) == ("done", SOME_QUARANTINED)
    verdicts = tmp_path / "名单.csv.verdicts.csv"
    assert stat.S_IMODE(verdicts.stat().st_mode) == 0o600
    with verdicts.open(encoding="utf-8-sig") as file:
        assert [row["verdict"] for row in csv.DictReader(file)] == ["admitted", "quarantined"]
    await asyncio.to_thread(_put_away, end)
    assert sorted(one.name for one in (tmp_path / "done").iterdir()) == ["名单.csv", "名单.csv.verdicts.csv"]


async def test_an_upload_that_was_broken_off_is_gone_on_with(sender: Sender, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(CONTENT)
    begun = await sender._announce(path, hashlib.sha256(CONTENT).hexdigest(), None)
    half = tmp_path / "half"
    half.write_bytes(CONTENT[:100])
    assert (await sender._chunk(half, begun))["upload"]["offset"] == 100
    sent: list[Any] = []
    view = await sender.send(path, None, sent.append)
    assert view["import_id"] == begun["import_id"]
    assert [one["upload"]["offset"] for one in sent] == [100]


async def test_a_file_without_a_table_has_the_exit_code_of_a_failure(sender: Sender, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"\x00\x01\x02 no table")
    [end] = await _each(sender, quiet(), [path], None)
    assert (end["state"], _exit_code(end)) == ("refused", NOT_READ)
    assert end["reason"]["sentence"] == "该文件是无法识别的二进制数据。"


async def test_an_empty_file_is_refused_with_what_is_wrong(sender: Sender, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.touch()
    [end] = await _each(sender, quiet(), [path], None)
    assert (end["state"], _exit_code(end)) == ("refused", NOT_READ)
    assert "size" in end["reason"]["sentence"]
    await asyncio.to_thread(_put_away, end)
    assert (tmp_path / "refused" / "a.csv").exists()


def test_the_bar_tells_rows_rate_and_remaining_time() -> None:
    view = {"state": "reading", "rows": 12_000, "rows_per_second": 3_456.7, "remaining_seconds": 41.6, "fraction": 0.25}
    console = Console(record=True, width=80, file=io.StringIO())
    bars = Bars(console)
    _show(bars, bars.add("a.csv"), "a.csv", view)
    console.print(bars)
    told = console.export_text()
    for part in ("a.csv: reading", "25%", "12,000 rows", "3,457/s", "0:42 left"):
        assert part in told
