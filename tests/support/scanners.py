"""A clamd on loopback that speaks INSTREAM and finds one harmless test text, and a scanner that fails when told to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from services.repair.materials.scanners import Finding, ScanState
from shared.errors import Unavailable

MALWARE = b"HARMLESS-TEXT-THAT-THE-TEST-CALLS-MALWARE"


@dataclass
class FakeClamd:
    """What it was sent, and how it behaves: `answer` replaces its verdict, a `limit` makes it hang up."""

    answer: bytes | None = None
    limit: int = 1_000_000
    seen: list[bytes] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await reader.readexactly(10) == b"zINSTREAM\0"
        content = b""
        while length := int.from_bytes(await reader.readexactly(4)):
            content += await reader.readexactly(length)
            if len(content) > self.limit:
                writer.write(b"INSTREAM size limit exceeded. ERROR\0")
                break
        else:
            self.seen.append(content)
            verdict = b"stream: Test.Malware FOUND\0" if MALWARE in content else b"stream: OK\0"
            writer.write(self.answer if self.answer is not None else verdict)
        await writer.drain()
        writer.close()

    @asynccontextmanager
    async def on_tcp(self) -> AsyncIterator[str]:
        server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        async with server:
            yield f"tcp://127.0.0.1:{server.sockets[0].getsockname()[1]}"

    @asynccontextmanager
    async def on_socket(self, path: Path) -> AsyncIterator[str]:
        server = await asyncio.start_unix_server(self.serve, path)
        async with server:
            yield f"unix://{path}"


@dataclass
class FakeScanner:
    """Finds the same text; raises what it is told to."""

    is_down: bool = False
    seen: list[bytes] = field(default_factory=list)

    async def scan(self, pieces: AsyncIterator[bytes]) -> Finding:
        content = b"".join([piece async for piece in pieces])
        self.seen.append(content)
        if self.is_down:
            raise Unavailable("the scanner is down")
        return Finding(ScanState.INFECTED, "Test.Malware") if MALWARE in content else Finding(ScanState.CLEAN)
