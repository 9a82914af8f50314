"""Credit Jiangsu's nightly export: read whole or not at all, in bounded memory however large it is."""

import asyncio
import gzip
import io
import tracemalloc
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from services.sync.domain.shown import digest
from services.sync.portals.base import Checkpoint, IncompleteListing, ListingMoved
from services.sync.portals.credit_jiangsu.adapter import CreditJiangsu
from services.sync.portals.credit_jiangsu.export import digest_export, read_export
from services.sync.portals.options import PortalOptions

ROWS = 20_000
FACTS = "检查发现特种作业人员未持证上岗。" * 20
HEADER = "\ufeffJLBH,MBLX,CF_SY,CF_NR_FK\r\n"
MEBIBYTE = 1024 * 1024


def lines(rows: int, last: str | None) -> Iterator[bytes]:
    yield HEADER.encode()
    for number in range(rows):
        yield f'js-cf-{number},CF,"{FACTS}\n{number}",1.25\r\n'.encode()
    if last is not None:
        yield last.encode()


def packed(rows: int, last: str | None) -> bytes:
    return gzip.compress(b"".join(lines(rows, last)))


@asynccontextmanager
async def serving(file: Path) -> AsyncIterator[int]:
    """Every request gets the file, in pieces."""
    length = file.stat().st_size  # noqa: ASYNC240 - before anything is served

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/gzip\r\nconnection: close\r\n")
        writer.write(f"content-length: {length}\r\n\r\n".encode())
        with file.open("rb") as content:
            while piece := content.read(64 * 1024):
                writer.write(piece)
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield int(server.sockets[0].getsockname()[1])


async def test_a_large_export_is_read_whole_in_bounded_memory(tmp_path: Path) -> None:
    file = tmp_path / "full.csv.gz"
    size = 0
    with gzip.open(file, "wb", compresslevel=1) as out:
        for line in lines(ROWS, f"#TOTAL,{ROWS}\r\n"):
            size += out.write(line)
    async with serving(file) as port:
        exchange = f"sqlite+aiosqlite:///{tmp_path / 'exchange.db'}"
        adapter = CreditJiangsu(PortalOptions(f"http://127.0.0.1:{port}", exchange_url=exchange))
        tracemalloc.start()
        try:
            count = 0
            async for page in adapter.pages(None):
                count += len(page.entries)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
            await adapter.close()
    assert count == ROWS
    assert size > 18 * MEBIBYTE
    assert peak < 6 * MEBIBYTE


def test_a_value_with_a_line_end_and_its_number_come_through() -> None:
    file = io.BytesIO(packed(3, "#TOTAL,3\r\n"))
    found = list(read_export(file))
    assert [one.portal_key for one in found] == ["js-cf-0", "js-cf-1", "js-cf-2"]
    assert found[2].fields["fine"] == "12500.00"
    assert found[2].fields["violation_facts"] == f"{FACTS} 2"
    assert [one.digest for one in digest_export(file)] == [digest(one.fields) for one in found]


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"\x1f\x8b\x08\x00",
        b"no gzip at all",
        packed(3, None),
        packed(3, "#TOTAL,4\r\n"),
        packed(3, "#TOTAL,3\r\nmore,CF,,\r\n"),
        packed(3, "#TOTAL,3\r\n")[:-30],
        packed(3, "#TOTAL,3\r\n")[:-4],
        gzip.compress(b"KEY,KIND\r\n#TOTAL,0\r\n", mtime=0),
    ],
)
def test_an_export_that_is_cut_or_not_as_known_is_incomplete(broken: bytes) -> None:
    with pytest.raises(IncompleteListing):
        list(read_export(io.BytesIO(broken)))
    with pytest.raises(IncompleteListing):
        list(digest_export(io.BytesIO(broken)))


async def test_an_export_is_never_gone_on_with(tmp_path: Path) -> None:
    """Tomorrow's file is another one."""
    exchange = f"sqlite+aiosqlite:///{tmp_path / 'exchange.db'}"
    adapter = CreditJiangsu(PortalOptions("http://127.0.0.1:9", exchange_url=exchange))
    with pytest.raises(ListingMoved):
        await anext(adapter.pages(Checkpoint("/export/full.csv.gz", "", 250, 500, 500)))
    await adapter.close()
