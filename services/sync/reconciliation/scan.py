"""Streams a portal's listing into the database, some pages at a time, and notes after each part how far it came.

One part is stored while the next one is read, so that the portal never waits for the database.

A worker that takes over goes on behind the last part when the listing comes in pages and still is what it was;
otherwise it begins anew. Two readings are never mixed (guarantee G07).
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import asdict, dataclass, field, replace
from json import dumps
from typing import Any

import structlog
from sqlalchemy import text

from services.sync.domain.shown import digest
from services.sync.portals.base import Checkpoint, Listed, ListingMoved, PagedListing, PortalAdapter
from services.sync.reconciliation import runs
from services.sync.reconciliation.runs import Run
from services.sync.tables import scan_entry
from shared.clock import Clock, stopwatch
from shared.database.copy import copy_rows
from shared.database.engine import Database
from shared.messaging.unit_of_work import unit_of_work

log = structlog.get_logger()

ENTRIES_AT_ONCE = 2_000
"""Portal pages hold twenty to five hundred entries; a transaction for each would take longer than the download."""

SECONDS_AT_ONCE = 60.0
"""A portal that answers slowly is noted as read no later than this."""

_COLUMNS = ("run_id", "portal_key", "shown_digest", "page")


class RunLost(Exception):
    """The run was given up, or another worker has taken it over: nothing may be concluded any more."""


@dataclass(frozen=True)
class Scan:
    """A complete listing in the database."""

    run: Run
    listed: int


@dataclass
class ScanDesk:
    """Reads one run's listing."""

    database: Database
    clock: Clock
    adapter: PortalAdapter

    async def read(self, run: Run) -> Scan:
        """The whole listing. Raises what the adapter raises, and `RunLost`."""
        if run.checkpoint is not None and isinstance(self.adapter, PagedListing):
            try:
                return Scan(run, await self._store_all(run, _numbered(self.adapter, run.checkpoint), run.listed))
            except ListingMoved as moved:
                log.info("listing_read_anew", portal=run.portal, run_id=run.run_id, reason=str(moved))
        if run.attempt > 1:
            run = await self.anew(run)
        return Scan(run, await self._store_all(run, _numbered(self.adapter, None), 0))

    async def anew(self, run: Run) -> Run:
        """The run without what a worker that died had read. Raises `RunLost`."""
        async with unit_of_work(self.database, self.clock) as work:
            settled_before = await runs.start_anew(work, run)
        if settled_before is None:
            raise RunLost
        return replace(run, settled_before=settled_before, checkpoint=None, listed=0)

    async def _store_all(
        self, run: Run, pages: AsyncGenerator[tuple[Sequence[Listed], Checkpoint | None], None], listed: int
    ) -> int:
        """No more than two parts are in memory at a time: one that is stored, one that is read."""
        waiting: list[tuple[Any, ...]] = []
        checkpoint: Checkpoint | None = None
        page = listed  # a number that grows with every page, also behind a checkpoint
        stored_at = stopwatch()
        async with aclosing(pages), _Behind.one() as behind:
            async for entries, checkpoint in pages:
                page += 1
                waiting.extend((run.run_id, one.portal_key, digest(one.fields), page) for one in entries)
                if len(waiting) >= ENTRIES_AT_ONCE or stopwatch() - stored_at > SECONDS_AT_ONCE:
                    listed += len(waiting)
                    await behind.begin(self._store(run, waiting, listed, checkpoint))
                    waiting = []
                    stored_at = stopwatch()
            listed += len(waiting)
            await behind.begin(self._store(run, waiting, listed, checkpoint))
            await behind.end()
        return listed

    async def _store(
        self, run: Run, entries: Sequence[tuple[Any, ...]], listed: int, checkpoint: Checkpoint | None
    ) -> None:
        noted = dumps(asdict(checkpoint)) if checkpoint else None
        async with unit_of_work(self.database, self.clock) as work:
            if work.dialect == "postgresql":
                # A part that a crash of the server takes with it is read again, with the checkpoint before it.
                await work.connection.execute(text("SET LOCAL synchronous_commit = off"))
            if not await runs.go_on(work, run, listed=listed, checkpoint=noted):
                raise RunLost
            await copy_rows(work.connection, work.dialect, scan_entry, _COLUMNS, entries)


@dataclass
class _Behind:
    """At most one piece of work behind the reading. What it raises comes up when the next one begins, or at the end."""

    task: asyncio.Task[None] | None = field(default=None)

    @classmethod
    @asynccontextmanager
    async def one(cls) -> AsyncIterator["_Behind"]:
        behind = cls()
        try:
            yield behind
        finally:
            if behind.task is not None:
                behind.task.cancel()
                await asyncio.gather(behind.task, return_exceptions=True)

    async def begin(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await self.end()
        except BaseException:
            work.close()
            raise
        self.task = asyncio.create_task(work)
        await asyncio.sleep(0)

    async def end(self) -> None:
        if self.task is not None:
            task, self.task = self.task, None
            await task


async def _numbered(
    adapter: PortalAdapter, after: Checkpoint | None
) -> AsyncGenerator[tuple[Sequence[Listed], Checkpoint | None], None]:
    if isinstance(adapter, PagedListing):
        async for one in adapter.pages(after):
            yield one.entries, one.checkpoint
    else:
        async for entries in adapter.listing():
            yield entries, None
