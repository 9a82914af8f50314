"""Claims complete files one after the other and reads them in turns, so that the timer that calls it stays alive.

A file that cannot be opened is refused with its sentence; one at which readers die or fail again and again is given
up as failed, so that it cannot keep the others waiting. Serves G02.
"""

import asyncio
import json
from contextlib import suppress
from datetime import timedelta

import structlog

from services.ingest.files import FileRefused, Refusal, SourceTable
from services.ingest.imports import store
from services.ingest.imports.read import Reading, ReadingRoom
from services.ingest.imports.states import ImportState
from services.ingest.imports.take_in import LeaseLost
from services.ingest.metrics import IMPORT_RATE
from shared.clock import stopwatch, wall_time
from shared.database.types import AnyRow
from shared.errors import Unavailable
from shared.ids import new_id
from shared.vocabulary import RecordKind

log = structlog.get_logger()

MOST_ATTEMPTS = 5
_TURN_SECONDS = 1.0
_PAUSE_SECONDS = 2.0
_SEND_REST = "Tell the operator the identifier of the import; rows that are sent again come out unchanged."


class ImportReader:
    """Reads one file at a time; several of them, in any number of processes, share what waits."""

    def __init__(self, room: ReadingRoom) -> None:
        self._room = room
        self._reading: Reading | None = None

    async def turn(self) -> int:
        """Read for about a second; 0 when nothing waits."""
        if self._reading is None:
            claimed = await self._claim()
            if claimed is None:
                return 0
            self._reading = await self._open(*claimed)
        reading = self._reading
        if reading is None:
            return 1  # it ended at once; others may wait behind it
        try:
            await self._read(reading)
        except LeaseLost:
            log.warning("import_lease_lost", import_id=reading.import_id)
            await self._drop()
        except Exception as error:
            away = isinstance(error, Unavailable)
            log.warning("import_slice_failed", import_id=reading.import_id, reason=type(error).__name__)
            pause = timedelta(seconds=_PAUSE_SECONDS * 2 ** min(reading.attempt, MOST_ATTEMPTS))
            await self._drop(counted=not away, pause=pause)
            raise
        return 1

    async def close(self) -> None:
        """Leave what is not read to its end to another reader, at once."""
        if self._reading is not None:
            await self._drop(counted=False, pause=timedelta())

    async def _read(self, reading: Reading) -> None:
        began, rows = stopwatch(), 0
        while (seconds := stopwatch() - began) < _TURN_SECONDS:
            taken = await reading.slice()
            if not taken:
                IMPORT_RATE.set(0)
                await self._drop()
                return
            rows += taken
        IMPORT_RATE.set(rows / seconds)

    async def _drop(self, *, counted: bool = True, pause: timedelta | None = None) -> None:
        """Close the file and, where the import is still ours, let it go for a while."""
        reading, self._reading = self._reading, None
        if reading is None:
            return
        await reading.close()
        if pause is None:
            return
        with suppress(Unavailable):  # then the lease runs out by itself
            async with self._room.transaction() as work:
                await store.let_go(
                    work, reading.import_id, reading.lease_id, counted=counted, until=wall_time() + pause
                )

    async def _claim(self) -> tuple[AnyRow, str] | None:
        """The oldest file that nobody reads, with the lease under which it is ours now."""
        async with self._room.intake.database.reading() as connection:
            if not await store.is_waiting(connection):
                return None
        lease_id = new_id()
        async with self._room.transaction() as work:
            row = await store.claim(work, lease_id, self._room.lease)
        return None if row is None else (row, lease_id)

    async def _open(self, row: AnyRow, lease_id: str) -> Reading | None:
        """None when the file cannot be read, which it is told then, or when somebody took it over."""
        if row.attempts >= MOST_ATTEMPTS:
            rows = row.rows_done
            sentence = f"Readers failed {row.attempts} times after row {rows}; {rows} rows have their verdicts."
            await self._end(row, lease_id, ImportState.FAILED, "readers_failed", sentence, _SEND_REST)
            return None
        kind = None if row.kind is None else RecordKind(row.kind)
        path, limits = self._room.spool.path(row.import_id), self._room.limits
        try:
            opening = asyncio.ensure_future(asyncio.to_thread(self._room.open_table, path, row.name, limits, kind))
            table = await self._opened(opening, row.import_id, lease_id)
        except FileRefused as refused:
            if (
                row.rows_done and refused.reason_code is Refusal.TOO_SLOW
            ):  # it opened in time before: the machine is busy
                await self._leave_for_later(row, lease_id)
                return None
            state = ImportState.FAILED if row.rows_done else ImportState.REFUSED
            await self._end(row, lease_id, state, refused.reason_code, refused.sentence, refused.advice)
            return None
        except FileNotFoundError:
            sentence = "The file is not in the spool folder any more."
            await self._end(row, lease_id, ImportState.FAILED, "file_lost", sentence, "Send the file again.")
            return None
        if table is None:
            return None
        async with self._room.transaction() as work:
            await store.note_opened(work, row.import_id, lease_id, table.kind, table.format, table.encoding)
        return Reading(self._room, row, lease_id, table)

    async def _opened(self, opening: asyncio.Future[SourceTable], import_id: str, lease_id: str) -> SourceTable | None:
        """The opened file; None when somebody else took it over meanwhile."""
        try:
            return await self._room.kept(opening, import_id, lease_id)
        except LeaseLost:
            log.warning("import_lease_lost", import_id=import_id)
            await asyncio.to_thread((await opening).close)
            return None

    async def _leave_for_later(self, row: AnyRow, lease_id: str) -> None:
        pause = timedelta(seconds=_PAUSE_SECONDS * 2 ** (row.attempts + 1))
        async with self._room.transaction() as work:
            await store.let_go(work, row.import_id, lease_id, counted=True, until=wall_time() + pause)
        log.warning("import_opens_slowly", import_id=row.import_id)

    async def _end(self, row: AnyRow, lease_id: str, state: ImportState, code: str, sentence: str, advice: str) -> None:
        reason = json.dumps({"code": code, "sentence": sentence, "advice": advice}, ensure_ascii=False)
        async with self._room.transaction() as work:
            await store.finish(work, row.import_id, lease_id, state, reason=reason)
        log.warning("import_ended", import_id=row.import_id, state=state, reason=code)
