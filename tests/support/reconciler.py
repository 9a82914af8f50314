"""One step of the bench case `reconcile` in a process of its own: `STEP PORTAL_URL DATABASE_URL EXPECTED`.

STEP is download, listing or digests of a portal that is files on a web server (Credit Jiangsu's export beside digests
in two levels), or page_download or pages of one that makes a page when it is asked; with `small_` before it of pages of
fifty entries, which need ten times the requests. No pace is kept, since a download keeps none either. A download stores
what it reads in a table by COPY, one part after the other, as anybody would who means to join it. Prints seconds, of
them those that only reading took, bytes, differences, and the memory that the step needed beyond the started program.
"""

import gc
import json
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import date
from time import process_time
from typing import Any

import uvloop
from sqlalchemy import Column, Integer, MetaData, String, Table, func, select

from services.sync.domain.channel import Pace
from services.sync.domain.shown import digest
from services.sync.portals.base import Checkpoint, Digested, Listed, ListedPage, Look, Sight, Sighting
from services.sync.portals.credit_jiangsu import mapping
from services.sync.portals.credit_jiangsu.adapter import CreditJiangsu
from services.sync.portals.http import PortalHttp
from services.sync.portals.options import PortalOptions
from services.sync.portals.public_face import PublicFace
from services.sync.reconciliation import runs
from services.sync.reconciliation.ask import request
from services.sync.reconciliation.domain.verdict import MendingLimit
from services.sync.reconciliation.reconcile import ReconcileDesk
from services.sync.reconciliation.runs import Method, Mode, Wish
from services.sync.tables import drift, reconciliation
from shared.clock import SystemClock, stopwatch
from shared.contracts.records import Record
from shared.database.copy import copy_rows
from shared.database.engine import Database
from shared.messaging.unit_of_work import unit_of_work
from shared.outbound.client import OutboundClient, Timeouts
from shared.vocabulary import DriftKind, Portal
from tests.bench.processes import own_peak_mb

PORTAL = Portal.CREDIT_JIANGSU
SCHEMA = "sync"
_WHAT_IT_TAKES = Pace(10_000, 20_000)
_seen = Table(
    "bench_seen", MetaData(), Column("key", String(200)), Column("digest", String(32)), Column("page", Integer)
)


class FilePortal(CreditJiangsu):
    """Looks are answered from a plan: what is gone stays gone, what was changed is shown so, ghosts are there."""

    def __init__(self, url: str, exchange_url: str, plan: Mapping[str, str]) -> None:
        bounds = Timeouts(whole=600)
        super().__init__(PortalOptions(url, exchange_url=exchange_url, timeouts=bounds, pace=_WHAT_IT_TAKES))
        self._plan = plan

    async def alone(self) -> AsyncIterator[Sequence[Digested]]:
        """The listing as whoever only downloads it reads it: keys and digests."""
        async for page in self.pages(None):
            yield page.entries

    async def look(self, record: Record) -> Sighting:
        if self._plan[record.document_number] == "missing":
            return Sighting(Sight.ABSENT)
        return Sighting(Sight.PRESENT, {**self.shown(record, date(2027, 3, 1)), "remark": "别的"}, ("detail",))

    def look_together(self, records: Sequence[Record]) -> Look:
        """There is no page that could show several."""
        return self.look


class DigestPortal(FilePortal):
    """The same, with digests in two levels beside its export."""

    def __init__(self, url: str, exchange_url: str, plan: Mapping[str, str]) -> None:
        super().__init__(url, exchange_url, plan)
        self._files = OutboundClient(url)
        self.told_bytes = 0

    def digest_values(self, record: Record, closes_on: date | None) -> Mapping[str, str]:
        return mapping.shown(record, closes_on)

    async def groups(self) -> Sequence[str]:
        found: list[str] = await self._file("groups")
        return found

    async def buckets(self, group: int) -> Sequence[tuple[int, int]]:
        return [(entries, total) for entries, total in await self._file(f"group-{group}")]

    async def entries(self, buckets: Sequence[int]) -> Sequence[tuple[str, int]]:
        found = [await self._file(f"bucket-{number}") for number in buckets]
        return [(key, digest) for held in found for key, digest in held]

    async def close(self) -> None:
        await super().close()
        await self._files.close()

    async def _file(self, name: str) -> Any:
        answer = await self._files.get(f"/digests/{name}.json")
        self.told_bytes += len(answer.body)
        return answer.json()


class PagedPortal(FilePortal):
    """The same, read from its public list page by page."""

    path = "/list"

    def __init__(self, url: str, exchange_url: str, plan: Mapping[str, str]) -> None:
        super().__init__(url, exchange_url, plan)
        self._pages = PortalHttp(PortalOptions(url), connections=2)
        self._list = PublicFace(self._pages, mapping.read_entry)

    def listing(self) -> AsyncIterator[Sequence[Listed]]:
        return self._list.listing(self.path, ahead=False)

    def pages(self, after: Checkpoint | None) -> AsyncIterator[ListedPage]:
        return self._list.pages(self.path, after)

    async def alone(self) -> AsyncIterator[Sequence[Digested]]:
        async for page in self.listing():
            yield [Digested(one.portal_key, digest(one.fields)) for one in page]

    async def close(self) -> None:
        await super().close()
        await self._pages.close()


class SmallPagedPortal(PagedPortal):
    """The same in pages of fifty entries."""

    path = "/list?size=50"


_KIND = {
    "download": FilePortal,
    "listing": FilePortal,
    "digests": DigestPortal,
    "page_download": PagedPortal,
    "pages": PagedPortal,
    "small_page_download": SmallPagedPortal,
    "small_pages": SmallPagedPortal,
}


async def main(step: str, url: str, database_url: str, plan: Mapping[str, str]) -> dict[str, float]:
    database = Database(database_url, SCHEMA)
    portal = _KIND[step](url, database_url, plan)
    await database.check()
    before = own_peak_mb()
    started, cpu = stopwatch(), process_time()
    read_s = 0.0
    if step.endswith("download"):
        found, read_s = await _download(database, portal)
    else:
        found = await _reconcile(database, portal, Method.DIGESTS if step == "digests" else Method.LISTING)
    seconds, cpu_s = stopwatch() - started, process_time() - cpu
    peak = own_peak_mb()
    told = portal.told_bytes if isinstance(portal, DigestPortal) else 0
    await portal.close()
    await database.close()
    grown = {"grown_mb": peak - before, "peak_mb": peak}
    return {"seconds": seconds, "cpu_s": cpu_s, "read_s": read_s, "found": found, "bytes": told, **grown}


async def _download(database: Database, portal: FilePortal) -> tuple[int, float]:
    """How many entries came, and how long only reading them took."""
    found, stored_s, started = 0, 0.0, stopwatch()
    async with database.writing() as connection:
        await connection.run_sync(_seen.create)
        async for page in portal.alone():
            found += len(page)
            rows = [(one.portal_key, one.digest, found) for one in page]
            at = stopwatch()
            await copy_rows(connection, database.dialect, _seen, ("key", "digest", "page"), rows)
            stored_s += stopwatch() - at
        seconds = stopwatch() - started - stored_s
        await connection.run_sync(_seen.drop)
    return found, seconds


async def _reconcile(database: Database, portal: FilePortal, method: Method) -> int:
    clock = SystemClock()
    async with unit_of_work(database, clock) as work:
        (run_id,) = await request(work, [PORTAL], "bench", Wish(mode=Mode.PLAN, method=method))
        run = await runs.take(work, PORTAL)
    assert run is not None
    await ReconcileDesk(database, clock, portal, MendingLimit()).run(run)
    async with database.reading() as connection:
        state = await connection.scalar(select(reconciliation.c.state).where(reconciliation.c.run_id == run_id))
        seen = drift.c.run_id == run_id, drift.c.kind != DriftKind.UNKNOWN
        found = await connection.scalar(select(func.count()).where(*seen))
    if state != "planned":
        raise SystemExit(f"the run ended as {state}")
    return int(found or 0)


def start() -> None:
    """The step that the command line names, on the loop and with the collector of a worker."""
    gc.freeze()
    gc.set_threshold(50_000, 10, 20)
    print(json.dumps(uvloop.run(main(*sys.argv[1:4], json.loads(sys.argv[4])))))
