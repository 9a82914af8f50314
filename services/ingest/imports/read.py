"""Reads one file to its end, slice by slice, from the row after the last one that was committed.

A reading can be killed at any line: what is committed stands, and the next reader goes on behind it. It never holds
more than two slices in memory, and reads and judges beside the event loop. Serves G01 and G02.
"""

import asyncio
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from pathlib import Path

import structlog

from services.ingest.domain.findings import Finding
from services.ingest.files import FaultCode, FileLimits, SourceRow, SourceTable
from services.ingest.imports import store
from services.ingest.imports.places import places_of
from services.ingest.imports.spool import Spool
from services.ingest.imports.states import ImportState
from services.ingest.imports.take_in import Intake, LeaseLost, Note
from services.ingest.receipt import Receipt
from services.ingest.submission import Submission
from shared.clock import stopwatch
from shared.database.types import AnyRow
from shared.leases import BEATS_A_LEASE, Result, renewing
from shared.messaging.unit_of_work import UnitOfWork, unit_of_work
from shared.vocabulary import RecordKind, Verdict

log = structlog.get_logger()

LONGEST_WAIT = timedelta(minutes=30)
"""Passing over 900,000 rows of a workbook takes minutes on a busy machine; what takes longer than this hangs."""

OpenTable = Callable[[Path, str, FileLimits, RecordKind | None], SourceTable]


@dataclass(frozen=True)
class ReadingRoom:
    """What readers need: how rows are taken in, where files lie, how they are opened."""

    intake: Intake
    spool: Spool
    limits: FileLimits
    slice_rows: int
    open_table: OpenTable
    slice_characters: int = 16_000_000  # of cells; a slice of long rows ends with the row that reaches it
    lease: timedelta = store.LEASE

    def transaction(self) -> AbstractAsyncContextManager[UnitOfWork]:
        return unit_of_work(self.intake.database, self.intake.clock)

    async def kept(self, waited_for: asyncio.Future[Result], import_id: str, lease_id: str) -> Result:
        """What a thread gives, however long it takes: the lease is renewed meanwhile. Raises `LeaseLost` when somebody
        else has it."""

        async def renew() -> bool:
            async with self.transaction() as work:
                if not await store.renew(work, import_id, lease_id, self.lease):
                    raise LeaseLost(import_id)
            return True

        return await renewing(waited_for, renew, every=self.lease / BEATS_A_LEASE, longest=LONGEST_WAIT)


class Reading:
    """One opened file under one lease."""

    def __init__(self, room: ReadingRoom, row: AnyRow, lease_id: str, table: SourceTable) -> None:
        self.import_id: str = row.import_id
        self.lease_id = lease_id
        self.attempt: int = row.attempts + 1
        self._room = room
        self._client: str = row.client
        self._authorities = None if row.authorities is None else frozenset(json.loads(row.authorities))
        self._table = table
        self._done: int = row.rows_done
        self._last: SourceRow | None = None
        self._rows = self._behind(row.rows_done)
        self._ahead: asyncio.Future[list[SourceRow]] | None = None
        self._counts: dict[Verdict, int] = {}

    async def slice(self) -> int:
        """Take the next rows in; 0 when the file is at its end, which is noted then."""
        began = stopwatch()
        self._ahead = self._ahead or self._read()
        rows = await self._room.kept(self._ahead, self.import_id, self.lease_id)
        self._ahead = None
        if not rows:
            await self._finish()
            return 0
        self._ahead = self._read()
        await self._room.intake.take_in(self._submission(rows), self._hold, self._note(rows, began))
        self._done += len(rows)
        self.attempt = 0
        return len(rows)

    async def close(self) -> None:
        """Give the file back. What was read ahead is read again by the next reader."""
        if self._ahead is not None:
            with suppress(Exception):
                await self._ahead
        await asyncio.to_thread(self._table.close)

    def _read(self) -> asyncio.Future[list[SourceRow]]:
        return asyncio.ensure_future(asyncio.to_thread(self._next))

    def _behind(self, done: int) -> Iterator[SourceRow]:
        """The rows behind those that are done. The last of these is looked at again: whoever only has to finish must
        know too when it says that the file breaks off there."""
        for row in self._table.rows(after=max(done - 1, 0)):
            self._last = row
            if row.number > done:
                yield row

    def _next(self) -> list[SourceRow]:
        rows: list[SourceRow] = []
        room = self._room.slice_characters
        for row in islice(self._rows, self._room.slice_rows):
            rows.append(row)
            room -= sum(len(cell) for cell in row.cells.values() if isinstance(cell, str))
            if room <= 0:
                break
        return rows

    def _submission(self, rows: Sequence[SourceRow]) -> Submission:
        faults = {place: _findings(row) for place, row in enumerate(rows, start=1) if row.faults}
        return Submission(
            self._client,
            self._table.kind,
            [row.cells for row in rows],
            self._authorities,
            refuse_foreign=False,
            faults=faults,
        )

    async def _hold(self, work: UnitOfWork) -> None:
        counts = await store.hold(work, self.import_id, self.lease_id, self._done)
        if counts is None:
            raise LeaseLost(self.import_id)
        self._counts = counts

    def _note(self, rows: Sequence[SourceRow], began: float) -> Note:
        async def note(work: UnitOfWork, receipt: Receipt) -> None:
            done = store.SliceDone(
                rows_before=self._done,
                rows=len(rows),
                batch_id=receipt.batch_id,
                places=places_of(rows),
                counts={verdict: number + receipt.counts[verdict] for verdict, number in self._counts.items()},
                fraction=min(self._table.progress(), 0.999),
                busy_seconds=stopwatch() - began,
            )
            await store.note_slice(work, self.import_id, done, self._room.lease)

        return note

    async def _finish(self) -> None:
        notes = [{"code": note.code, "sentence": note.sentence} for note in self._table.notes]
        told = json.dumps(notes, ensure_ascii=False)
        reason = _breaking_off(self._last)
        state = ImportState.FAILED if reason else ImportState.DONE
        async with self._room.transaction() as work:
            finished = await store.finish(work, self.import_id, self.lease_id, state, notes=told, reason=reason)
        if not finished:
            raise LeaseLost(self.import_id)
        log.info("import_read", import_id=self.import_id, rows=self._done, state=state)


def _breaking_off(last: SourceRow | None) -> str | None:
    """Why the file could not be read behind its last row, as the import tells it; None when it was read whole."""
    for fault in last.faults if last else ():
        if last and fault.code is FaultCode.REST_UNREADABLE:
            sentence = f"Row {last.number}, line {last.line}: {fault.sentence}"
            return json.dumps({"code": fault.code, "sentence": sentence, "advice": fault.advice}, ensure_ascii=False)
    return None


def _findings(row: SourceRow) -> tuple[Finding, ...]:
    return tuple(Finding(fault.code, fault.column, fault.sentence) for fault in row.faults)
