"""Takes the bytes of a file in, from any offset that the last request left, and hands the whole to the readers.

Bytes are on disk before the table calls them received, so that an upload goes on after a crash where the table says
(guarantee G01). It looks at no byte: what the file is, the reader says.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass

from services.ingest.imports import store
from services.ingest.imports.spool import Busy, Spool, SpoolFile
from services.ingest.imports.states import ImportState
from shared.clock import Clock
from shared.database.connection import AsyncConnection
from shared.database.engine import Database
from shared.database.types import AnyRow
from shared.errors import (
    CHECKSUM_MISMATCH,
    CONFLICT,
    IN_PROGRESS,
    NOT_FOUND,
    OVERLOADED,
    TOO_LARGE,
    UPLOAD_OFFSET,
    Problem,
)
from shared.messaging.unit_of_work import UnitOfWork, unit_of_work

_PIECE_BYTES = 4 * 1024 * 1024
_SILENCE_SECONDS = 60
_SPARE_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True)
class UploadDesk:
    """Where uploads go and how much of them is taken."""

    database: Database
    clock: Clock
    spool: Spool
    max_bytes: int
    max_uploads: int
    largest_chunk: int

    async def check_room(self, size: int) -> None:
        """Refuse a file that is too large for anybody, or for the disk at present."""
        if size > self.max_bytes:
            raise Problem(TOO_LARGE, f"The file has {size} bytes.", limit=self.max_bytes)
        if await asyncio.to_thread(self.spool.free_bytes) < size + _SPARE_BYTES:
            raise Problem(OVERLOADED, "The disk of the service has no room for this file.", retry_after_seconds=600)

    async def begin(self, work: UnitOfWork, new: store.NewImport) -> AnyRow:
        """Note that a file is to come."""
        if await store.count_unfinished_uploads(work.connection, new.client) >= self.max_uploads:
            raise Problem(CONFLICT, f"{self.max_uploads} uploads of this client are unfinished; finish or cancel one.")
        await store.insert_import(work, new, complete=False)
        return await own(work.connection, new.import_id, new.client)

    async def receive(self, import_id: str, client: str, offset: int, body: AsyncIterator[bytes]) -> None:
        """Add the body behind `offset`. What arrived before a connection broke is kept."""
        await self._find(import_id, client)
        file = await self._open(import_id)
        try:
            row = await self._find(import_id, client)
            await self._check(row, offset, file)
            await asyncio.to_thread(file.begin_at, offset)
            received = await self._append(row, file, body)
            if received == row.size_bytes:
                await self._complete(row, file)
        finally:
            file.close()

    async def _find(self, import_id: str, client: str) -> AnyRow:
        async with self.database.reading() as connection:
            row = await own(connection, import_id, client)
        if row.state != ImportState.UPLOADING:
            raise Problem(CONFLICT, f"The import takes no bytes any more: it is {row.state}.", state=row.state)
        return row

    async def _open(self, import_id: str) -> SpoolFile:
        try:
            return await asyncio.to_thread(self.spool.open, import_id)
        except Busy:
            detail = "Another request sends bytes of this file."
            raise Problem(IN_PROGRESS, detail, retry_after_seconds=2) from None

    async def _check(self, row: AnyRow, offset: int, file: SpoolFile) -> None:
        """The offset must be the one that is stored; a spool that has lost bytes sets it back."""
        right = min(row.received_bytes, file.size())
        if right < row.received_bytes:
            await self._note(row.import_id, right)
        if offset != right:
            raise Problem(UPLOAD_OFFSET, f"The file is received up to byte {right}.", offset=right)

    async def _append(self, row: AnyRow, file: SpoolFile, body: AsyncIterator[bytes]) -> int:
        """Writes in pieces; a body that goes beyond the announced size is refused with what it added in this piece."""
        received: int = min(row.received_bytes, file.size())
        pieces: list[bytes] = []
        held = 0

        async def put_down() -> None:
            nonlocal received, pieces, held
            if held:
                # Given up before they are written: a write that failed half-way must never be done again behind it.
                written, size, pieces, held = pieces, held, [], 0
                await _to_its_end(asyncio.ensure_future(asyncio.to_thread(file.append, written)))
                received += size
                await self._note(row.import_id, received)

        try:
            async for chunk in _awake(body):
                if received + held + len(chunk) > row.size_bytes:
                    detail = f"The body goes beyond the announced size of {row.size_bytes} bytes."
                    raise Problem(UPLOAD_OFFSET, detail, offset=received + held)
                pieces.append(chunk)
                held += len(chunk)
                if held >= _PIECE_BYTES:
                    await put_down()
        finally:
            await put_down()
        return received

    async def _note(self, import_id: str, received: int) -> None:
        async with unit_of_work(self.database, self.clock) as work:
            if not await store.note_received(work, import_id, received):
                raise Problem(CONFLICT, "The upload was cancelled meanwhile.")

    async def _complete(self, row: AnyRow, file: SpoolFile) -> None:
        """Compare with what was announced; a file that differs is to be sent again from the start."""
        sha256 = await asyncio.to_thread(file.sha256)
        if row.sha256 is not None and sha256 != row.sha256:
            await self._note(row.import_id, 0)
            raise Problem(CHECKSUM_MISMATCH, "The bytes received are not those announced.", received=sha256, offset=0)
        async with unit_of_work(self.database, self.clock) as work:
            if not await store.complete_upload(work, row.import_id, sha256):
                raise Problem(CONFLICT, "The upload was cancelled meanwhile.")


async def own(connection: AsyncConnection, import_id: str, client: str) -> AnyRow:
    """An import of this client, or the problem that there is none."""
    row = await store.find(connection, import_id, client)
    if row is None:
        raise Problem(NOT_FOUND, f"There is no import {import_id[:64]} of this client.")
    return row


async def _to_its_end(writing: asyncio.Future[None]) -> None:
    """Also when cancelled: a thread that still writes must not lose its file."""
    try:
        await asyncio.shield(writing)
    except asyncio.CancelledError:
        with suppress(OSError):
            await writing
        raise


async def _awake(body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The body, as long as it does not fall silent: a connection that only waits would be held for ever."""
    while True:
        try:
            async with asyncio.timeout(_SILENCE_SECONDS):
                chunk = await anext(body)
        except StopAsyncIteration:
            return
        except TimeoutError:
            raise Problem(UPLOAD_OFFSET, f"No byte came for {_SILENCE_SECONDS} seconds; ask where to go on.") from None
        yield chunk
