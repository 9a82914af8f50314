"""Streams a portal's listing into the database, some pages at a time, and notes after each part how far it came.

One part is stored while the next one is read, so that the portal never waits for the database.

A worker that takes over goes on behind the last part when the listing comes in pages and still is what it was;
otherwise it begins anew. Two readings are never mixed (guarantee G07).
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import asdict, dataclass, field, replace
from json import dumps
from typing import Any

import structlog
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from services.sync.domain.shown import digest
from services.sync.portals.base import (
    Checkpoint,
    Digested,
    IncompleteListing,
    ListingMoved,
    PagedListing,
    PortalAdapter,
)
from services.sync.reconciliation import entries, runs
from services.sync.reconciliation.entries import Entry, Pages
from services.sync.reconciliation.runs import Run
from shared.clock import Clock, stopwatch
from shared.database.connection import AsyncConnection
from shared.database.engine import Database
from shared.messaging.unit_of_work import UnitOfWork, unit_of_work

log = structlog.get_logger()

ENTRIES_AT_ONCE = 2_000
"""Portal pages hold twenty to five hundred entries; a transaction for each would take longer than the download. Twice
as many need 0.7 MB more and the same processor time; half as many need a tenth more of it and spare exports nothing."""

ENTRIES_AT_MOST = 20_000_000
"""Several times what a province has. A listing that announces more with each page would else be read for ever."""

SECONDS_AT_ONCE = 60.0
"""A portal that answers slowly is noted as read no later than this."""

_TURNS_A_STEP = 2
"""Turns of the loop, beside that of the reading, in which an answer of the database is taken and more is asked."""

_Add = Callable[[AsyncConnection, str, Pages], Awaitable[None]]


class RunLost(Exception):
    """The run was given up, or another worker has taken it over: nothing may be concluded any more."""


@dataclass(frozen=True)
class Scan:
    """A complete listing in the database."""

    run: Run
    listed: int


@dataclass(frozen=True)
class Mark:
    """How many entries of a listing are stored before a part and with it, and where reading goes on behind it."""

    before: int
    listed: int
    checkpoint: Checkpoint | None = None
    last: bool = False

    async def note(self, work: UnitOfWork, run: Run) -> bool:
        if work.dialect == "postgresql" and not self.last:
            # A part that a crash of the server takes with it is missed by the next one (`note_stored`). What is on disk
            # with the last one are all.
            await work.connection.execute(text("SET LOCAL synchronous_commit = off"))
        noted = dumps(asdict(self.checkpoint)) if self.checkpoint else None
        return await runs.note_stored(work, run, before=self.before, listed=self.listed, checkpoint=noted)


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
                return Scan(run, await self._store_all(run, digested(self.adapter, run.checkpoint), run.listed))
            except ListingMoved as moved:
                log.info("listing_read_anew", portal=run.portal, run_id=run.run_id, reason=str(moved))
        if run.attempt > 1:
            run = await self.anew(run)
        return Scan(run, await self._store_all(run, digested(self.adapter), 0))

    async def anew(self, run: Run) -> Run:
        """The run without what a worker that died had read. Raises `RunLost`."""
        async with unit_of_work(self.database, self.clock) as work:
            settled_before = await runs.start_anew(work, run)
        if settled_before is None:
            raise RunLost
        return replace(run, settled_before=settled_before, checkpoint=None, listed=0)

    async def _store_all(
        self, run: Run, pages: AsyncGenerator[tuple[Sequence[Digested], Checkpoint | None], None], listed: int
    ) -> int:
        """No more than two parts are in memory at a time: one that is stored, one that is read."""
        part: list[Sequence[Entry]] = []
        size = 0
        checkpoint: Checkpoint | None = None
        stored_at = stopwatch()
        async with aclosing(pages), _Behind.one() as behind:
            async for page, checkpoint in pages:
                part.append([(one.portal_key, run.run_id, one.digest) for one in page])
                size += len(page)
                del page  # or it would stand beside the next one
                if listed + size > ENTRIES_AT_MOST:
                    raise IncompleteListing(f"the listing goes on behind {ENTRIES_AT_MOST} entries")
                await behind.step()
                if size >= ENTRIES_AT_ONCE or stopwatch() - stored_at > SECONDS_AT_ONCE:
                    await behind.begin(self._store(run, part, Mark(listed, listed + size, checkpoint)))
                    listed += size
                    part, size = [], 0
                    stored_at = stopwatch()
            await behind.begin(self._store(run, part, Mark(listed, listed + size, checkpoint, last=True)))
            await behind.end()
        return listed + size

    async def _store(self, run: Run, part: Pages, mark: Mark) -> None:
        await store_part(self.database, self.clock, run, part, mark)


async def store_part(database: Database, clock: Clock, run: Run, part: Pages, mark: Mark | None = None) -> None:
    """Keep some pages of a listing, with how far it is read. Raises `RunLost`, and `IncompleteListing` at what is no
    key: a file whose bytes were damaged has such before its end shows that."""
    if entries.has_odd_key(part):
        raise IncompleteListing("an entry of the listing has a key that is none")
    try:
        await _store_by(entries.add_new, database, clock, run, part, mark)
    except IntegrityError:
        await _store_by(entries.add, database, clock, run, part, mark)


async def _store_by(add: _Add, database: Database, clock: Clock, run: Run, part: Pages, mark: Mark | None) -> None:
    async with unit_of_work(database, clock) as work:
        if not await (mark.note(work, run) if mark else runs.go_on(work, run)):
            raise RunLost
        await add(work.connection, work.dialect, part)


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
        except Exception:
            # The portal broke off, not we: what it showed before is kept, and a run that waits goes on behind it.
            await behind.settle()
            raise
        finally:
            if behind.task is not None:
                behind.task.cancel()
                await behind.settle()

    async def begin(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await self.end()
        except BaseException:
            work.close()
            raise
        self.task = asyncio.create_task(work)
        await asyncio.sleep(0)

    async def step(self) -> None:
        """Let it go on: a page is read without a pause, and each of its journeys to the server would wait for one."""
        if self.task is not None and not self.task.done():
            for _ in range(_TURNS_A_STEP):
                await asyncio.sleep(0)

    async def end(self) -> None:
        if self.task is not None:
            task, self.task = self.task, None
            await task

    async def settle(self) -> None:
        """Wait until it has ended, however it does."""
        if self.task is not None:
            await asyncio.gather(self.task, return_exceptions=True)


async def digested(
    adapter: PortalAdapter, after: Checkpoint | None = None
) -> AsyncGenerator[tuple[Sequence[Digested], Checkpoint | None], None]:
    """A portal's listing in digests, page by page, each with where it can be gone on with."""
    if isinstance(adapter, PagedListing):
        async for one in adapter.pages(after):
            yield one.entries, one.checkpoint
            del one
    else:
        async for entries in adapter.listing():
            page = [Digested(one.portal_key, digest(one.fields)) for one in entries]
            del entries  # they would stand beside the next ones
            yield page, None
            del page
