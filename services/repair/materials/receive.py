"""Receives the bytes of a paper: sealed in passing, recognised by their content, put into the cabinet.

Nothing is left of what is refused or breaks off. The file is in its place before a row tells of it: killed in between,
it is a file that nobody refers to, which the next tidying removes. Serves G01 and G12.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from services.repair.materials.cabinet import Cabinet, Incoming
from services.repair.materials.domain.content import FileFormat, recognise
from services.repair.materials.domain.refusal import ContentRefused
from shared.errors import CHECKSUM_MISMATCH, FILE_REFUSED, OVERLOADED, TOO_LARGE, Problem

_SILENCE_SECONDS = 30
_SPARE_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True)
class Received:
    """A file that lies in the cabinet and that no row tells of yet."""

    sha256: str
    size: int
    format: FileFormat


@dataclass(frozen=True)
class Reception:
    """Where papers are received, and how large and how many at once."""

    cabinet: Cabinet
    max_bytes: int
    at_once: int
    _busy: list[None] = field(default_factory=list)

    async def receive(self, body: AsyncIterator[bytes], announced: str | None) -> Received:
        """Take the bytes, say what they are and put them away, or a `Problem` after which nothing is left."""
        if await asyncio.to_thread(self.cabinet.free_bytes) < self.max_bytes + _SPARE_BYTES:
            raise Problem(OVERLOADED, "The disk of the service has no room for papers.", retry_after_seconds=600)
        with self._turn(), self.cabinet.incoming() as incoming:
            sha256 = await self._stored(incoming, body)
            if announced is not None and announced != sha256:
                raise Problem(CHECKSUM_MISMATCH, "The bytes received are not those announced.", received=sha256)
            found = await asyncio.to_thread(_recognised, incoming)
            await asyncio.to_thread(incoming.keep, sha256)
            return Received(sha256, incoming.writer.size, found)

    async def _stored(self, incoming: Incoming, body: AsyncIterator[bytes]) -> str:
        async for chunk in _awake(body):
            if incoming.writer.size + len(chunk) > self.max_bytes:
                raise Problem(TOO_LARGE, "The file is larger than a paper may be.", limit=self.max_bytes)
            await asyncio.to_thread(incoming.writer.write, chunk)
        return await asyncio.to_thread(incoming.writer.finish)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if len(self._busy) >= self.at_once:
            raise Problem(OVERLOADED, "Other papers are just being received.", retry_after_seconds=2)
        self._busy.append(None)
        try:
            yield
        finally:
            self._busy.pop()


def _recognised(incoming: Incoming) -> FileFormat:
    try:
        with incoming.reader() as file:
            return recognise(file)
    except ContentRefused as refused:
        raise Problem(FILE_REFUSED, refused.sentence, reason=refused.code, accepted=list(FileFormat)) from None


async def _awake(body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The body, as long as it does not fall silent: a connection that only waits would keep others out."""
    while True:
        try:
            async with asyncio.timeout(_SILENCE_SECONDS):
                chunk = await anext(body)
        except StopAsyncIteration:
            return
        except TimeoutError:
            detail = f"No byte came for {_SILENCE_SECONDS} seconds; send the file again."
            raise Problem(FILE_REFUSED, detail, reason="truncated") from None
        yield chunk
