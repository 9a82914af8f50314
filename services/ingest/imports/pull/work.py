"""The pull worker: asks the law-enforcement system for what is new and takes it in, page by page.

The mark moves in the transaction that admits the rows. Each round begins some way behind the mark, so that rows which
were committed late there are met; rows met again come out unchanged. An outage is waited for. Serves G01 and G02.
"""

import asyncio
from collections.abc import Collection
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import structlog

from services.ingest.imports.pull import store
from services.ingest.imports.pull.page import Page, PageRefused, PullFailure, read_page
from services.ingest.imports.pull.trail import start_of_round, with_mark
from services.ingest.imports.take_in import Intake, LeaseLost
from services.ingest.metrics import PULL_AGE, PULL_FAILURES
from services.ingest.receipt import Receipt
from services.ingest.submission import Submission
from shared.clock import stopwatch, wall_time
from shared.database.types import AnyRow
from shared.errors import Unavailable
from shared.ids import new_id
from shared.messaging.unit_of_work import UnitOfWork, unit_of_work
from shared.outbound.client import OutboundClient
from shared.vocabulary import RecordKind

log = structlog.get_logger()

SOURCE = "enforcement-system"
_TURN_SECONDS = 1.0
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 5.0, 900.0
_CREDENTIALS = (401, 403)


@dataclass(frozen=True)
class PullPlan:
    """Where rows are fetched, which, how often, and in whose name they are taken in."""

    path: str
    kinds: Collection[RecordKind]
    page_rows: int
    interval: timedelta
    overlap: timedelta
    token_file: Path | None
    client: str
    authorities: frozenset[str] | None


class PullWorker:
    """Reads one kind at a time; of several processes each takes another."""

    def __init__(self, intake: Intake, http: OutboundClient, plan: PullPlan) -> None:
        self._intake = intake
        self._http = http
        self._plan = plan

    async def open(self) -> None:
        async with self._transaction() as work:
            await store.make_sure(work, SOURCE, self._plan.kinds)

    async def turn(self) -> int:
        """Take pages in for about a second; 0 when nothing is due."""
        lease_id = new_id()
        async with self._transaction() as work:
            row = await store.claim(work, SOURCE, self._plan.kinds, lease_id)
        if row is None:
            return 0
        try:
            await self._round(_Round(row, lease_id, self._plan.overlap))
        except LeaseLost:
            log.warning("pull_lease_lost", kind=row.kind)
        except PageRefused as refused:
            await self._failed(row, refused.reason)
        return 1

    async def tell(self) -> int:
        """Publish how long ago each kind was read."""
        async with self._intake.database.reading() as connection:
            ages = await store.read_at(connection, SOURCE)
        for kind, at in ages.items():
            PULL_AGE.labels(kind).set((wall_time() - at).total_seconds())
        return 0

    def _transaction(self) -> AbstractAsyncContextManager[UnitOfWork]:
        return unit_of_work(self._intake.database, self._intake.clock)

    async def _round(self, now: "_Round") -> None:
        began = stopwatch()
        while stopwatch() - began < _TURN_SECONDS:
            page = await self._fetch(now)
            await self._take_in(now, page)
            now.mark, now.pages_done, now.is_open = page.next, now.pages_done + 1, page.has_more
            if not page.has_more:
                break
        async with self._transaction() as work:
            await store.let_go(work, now.row, now.lease_id)

    async def _fetch(self, now: "_Round") -> Page:
        params: dict[str, str | int] = {"kind": now.row.kind, "limit": self._plan.page_rows}
        if now.mark:
            params["after"] = now.mark
        try:
            answer = await self._http.send("GET", self._plan.path, params=params, headers=self._headers())
        except Unavailable as error:
            raise PageRefused(PullFailure.AWAY) from error
        if answer.status in _CREDENTIALS:
            raise PageRefused(PullFailure.TOKEN)
        if not answer.ok:
            raise PageRefused(PullFailure.AWAY)
        return await asyncio.to_thread(read_page, answer.body, now.mark, RecordKind(now.row.kind))

    def _headers(self) -> dict[str, str]:
        """Read each time: whoever renews the token writes the file, and nothing has to be started anew."""
        if self._plan.token_file is None:
            return {}
        try:
            token = self._plan.token_file.read_text(encoding="ascii").strip()
        except OSError:
            raise PageRefused(PullFailure.TOKEN) from None
        return {"Authorization": f"Bearer {token}"}

    async def _take_in(self, now: "_Round", page: Page) -> None:
        async def hold(work: UnitOfWork) -> None:
            if not await store.hold(work, now.row, now.lease_id, now.pages_done):
                raise LeaseLost(now.row.kind)

        async def note(work: UnitOfWork, _receipt: Receipt | None = None) -> None:
            at = wall_time()
            now.trail = with_mark(now.trail, page.next, at, self._plan.overlap)
            values = {"mark": page.next, "trail": now.trail, "round_open": page.has_more}
            if not page.has_more:
                values["next_at"] = at + self._plan.interval
            await store.note_page(work, now.row, rows=len(page.rows), **values)

        if page.rows:
            await self._intake.take_in(self._submission(now.row.kind, page), hold, note)
            return
        async with self._transaction() as work:
            await hold(work)
            await note(work)

    def _submission(self, kind: str, page: Page) -> Submission:
        return Submission(
            self._plan.client,
            RecordKind(kind),
            page.rows,
            self._plan.authorities,
            refuse_foreign=False,
            faults=page.faults,
        )

    async def _failed(self, row: AnyRow, reason: PullFailure) -> None:
        PULL_FAILURES.labels(reason).inc()
        log.warning("pull_page_failed", kind=row.kind, reason=reason)
        pause = min(_FIRST_PAUSE_SECONDS * 2 ** min(row.failures, 20), _LONGEST_PAUSE_SECONDS)
        async with self._transaction() as work:
            await store.note_failure(work, row, reason, wall_time() + timedelta(seconds=pause))


class _Round:
    """How far one turn has come; an interrupted round goes on at its mark, a new one begins behind it."""

    def __init__(self, row: AnyRow, lease_id: str, overlap: timedelta) -> None:
        self.row = row
        self.lease_id = lease_id
        self.pages_done: int = row.pages_done
        self.trail: str = row.trail
        self.is_open: bool = row.round_open
        self.mark: str = row.mark if row.round_open else start_of_round(row.trail, row.mark, wall_time(), overlap)
