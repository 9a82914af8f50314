"""Who looks at a file for malware (病毒扫描): clamd over TCP or a socket file, a program, or nobody.

A scanner says clean or infected, or fails; it never decides what becomes of a file. Time and answers are bounded.
"""

import asyncio
import shlex
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from shared.errors import StartRefused, Unavailable

_CONNECT_SECONDS = 5.0
_ANSWER_BYTES = 4096
_FINDING = 200


class ScanState(StrEnum):
    """What is known of a file."""

    UNSCANNED = "unscanned"  # 未扫描
    CLEAN = "clean"  # 未发现病毒
    INFECTED = "infected"  # 感染


@dataclass(frozen=True, slots=True)
class Finding:
    """What a scanner said; `name` is what it calls the malware."""

    state: ScanState
    name: str | None = None


class Scanner(Protocol):
    """Reads a file and says what it is. Raises `Unavailable` when it cannot say."""

    async def scan(self, pieces: AsyncIterator[bytes]) -> Finding: ...


@dataclass(frozen=True)
class Clamd:
    """clamd's INSTREAM: the bytes in pieces, each behind its length, and one line for an answer."""

    host: str | None
    port: int
    socket: Path | None
    seconds: float

    async def scan(self, pieces: AsyncIterator[bytes]) -> Finding:
        try:
            async with asyncio.timeout(self.seconds), self._connected() as (reader, writer):
                return _clamd_finding(await self._asked(reader, writer, pieces))
        except (OSError, TimeoutError, EOFError) as error:
            raise Unavailable("clamd does not answer") from error

    async def _asked(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, pieces: AsyncIterator[bytes]
    ) -> str:
        writer.write(b"zINSTREAM\0")
        # clamd answers and hangs up in the middle when a file is longer than it takes.
        with suppress(ConnectionError):
            async for piece in pieces:
                writer.write(len(piece).to_bytes(4) + piece)
                await writer.drain()
            writer.write((0).to_bytes(4))
            await writer.drain()
        return (await reader.read(_ANSWER_BYTES)).rstrip(b"\0\n").decode("utf-8", "replace")

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        async with asyncio.timeout(_CONNECT_SECONDS):
            if self.socket is not None:
                reader, writer = await asyncio.open_unix_connection(self.socket)
            else:
                reader, writer = await asyncio.open_connection(self.host, self.port)
        try:
            yield reader, writer
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()


@dataclass(frozen=True)
class Program:
    """A program that reads the file from its standard input: 0 clean, 1 infected, anything else failed."""

    arguments: Sequence[str]
    seconds: float

    async def scan(self, pieces: AsyncIterator[bytes]) -> Finding:
        try:
            process = await asyncio.create_subprocess_exec(
                *self.arguments, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
            )
        except OSError as error:
            raise Unavailable("the scanner cannot be started") from error
        try:
            async with asyncio.timeout(self.seconds):
                output = await _fed(process, pieces)
                code = await process.wait()
        except TimeoutError as error:
            raise Unavailable("the scanner takes too long") from error
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if code not in (0, 1):
            raise Unavailable(f"the scanner ended with {code}")
        return Finding(ScanState.INFECTED, _named(output)) if code else Finding(ScanState.CLEAN)


def scanner_at(address: str | None, seconds: float) -> Scanner | None:
    """The scanner of a setting: `tcp://host:port`, `unix:///path` or `exec:program arguments`; none without one."""
    if address is None:
        return None
    kind, _, rest = address.partition(":")
    host, _, port = rest.removeprefix("//").rpartition(":")
    if kind == "tcp" and host and port.isdecimal():
        return Clamd(host.strip("[]"), int(port), None, seconds)
    if kind == "unix" and rest.startswith("///"):
        return Clamd(None, 0, Path(rest[2:]), seconds)
    if kind == "exec" and rest.strip():
        return Program(tuple(shlex.split(rest)), seconds)
    form = "tcp://host:port, unix:///path or exec:program arguments"
    raise StartRefused(f"CREDITSYNC_MATERIAL_SCANNER cannot be used: it must be {form}")


def _clamd_finding(answer: str) -> Finding:
    verdict = answer.removeprefix("stream:").strip()
    if verdict == "OK":
        return Finding(ScanState.CLEAN)
    if verdict.endswith(" FOUND"):
        return Finding(ScanState.INFECTED, _named(verdict.removesuffix(" FOUND")))
    raise Unavailable("clamd gave no verdict")


async def _fed(process: asyncio.subprocess.Process, pieces: AsyncIterator[bytes]) -> str:
    """Give it the file while its output is read, so that neither side waits for the other."""
    assert process.stdin is not None and process.stdout is not None  # noqa: S101 - both were asked for
    reading = asyncio.ensure_future(_start_of(process.stdout))
    try:
        with suppress(ConnectionError):  # it may know enough before the end
            async for piece in pieces:
                process.stdin.write(piece)
                await process.stdin.drain()
        process.stdin.close()
        return (await reading).decode("utf-8", "replace")
    finally:
        reading.cancel()


async def _start_of(output: asyncio.StreamReader) -> bytes:
    """The beginning of what it says; the rest is read and dropped."""
    start = b""
    while piece := await output.read(_ANSWER_BYTES):
        start = (start + piece)[:_ANSWER_BYTES]
    return start


def _named(text: str) -> str:
    visible = "".join(sign for sign in text.strip() if sign.isprintable())
    return visible[:_FINDING] or "unnamed"
