"""One step of the bench case `reconcile` in a process of its own: `STEP PORTAL_URL DATABASE_URL EXPECTED`.

STEP is download, listing or digests. The portal is files on a web server: Credit Jiangsu's export beside digests in
two levels. Prints seconds, bytes, differences, and the memory that the step needed beyond the started program.
"""

import asyncio
import json
import resource
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import func, select

from services.sync.app import NAME
from services.sync.portals.base import Sight, Sighting
from services.sync.portals.credit_jiangsu import mapping
from services.sync.portals.credit_jiangsu.adapter import CreditJiangsu
from services.sync.portals.options import PortalOptions
from services.sync.reconciliation import runs
from services.sync.reconciliation.domain.verdict import MendingLimit
from services.sync.reconciliation.reconcile import ReconcileDesk
from services.sync.reconciliation.runs import Method, Mode, Wish
from services.sync.tables import drift, reconciliation
from shared.clock import SystemClock, stopwatch
from shared.contracts.records import Record
from shared.database.engine import Database
from shared.messaging.unit_of_work import unit_of_work
from shared.outbound.client import OutboundClient, Timeouts
from shared.vocabulary import Portal

PORTAL = Portal.CREDIT_JIANGSU


class FilePortal(CreditJiangsu):
    """Looks are answered from a plan: what is gone stays gone, what was changed is shown so, ghosts are there."""

    def __init__(self, url: str, exchange_url: str, plan: Mapping[str, str]) -> None:
        super().__init__(PortalOptions(url, exchange_url=exchange_url, timeouts=Timeouts(whole=600)))
        self._plan = plan
        self._files = OutboundClient(url)
        self.told_bytes = 0

    async def look(self, record: Record) -> Sighting:
        if self._plan[record.document_number] == "missing":
            return Sighting(Sight.ABSENT)
        return Sighting(Sight.PRESENT, {**self.shown(record, date(2027, 3, 1)), "remark": "别的"}, ("detail",))

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


async def main(step: str, url: str, database_url: str, plan: Mapping[str, str]) -> dict[str, float]:
    database, portal = Database(database_url, NAME), FilePortal(url, database_url, plan)
    await database.check()
    before = _peak_mb()
    started = stopwatch()
    if step == "download":
        found = sum([len(page) async for page in portal.listing()])
    else:
        found = await _reconcile(database, portal, Method(step))
    seconds = stopwatch() - started
    peak = _peak_mb()
    await portal.close()
    await database.close()
    return {"seconds": seconds, "found": found, "bytes": portal.told_bytes, "grown_mb": peak - before, "peak_mb": peak}


async def _reconcile(database: Database, portal: FilePortal, method: Method) -> int:
    clock = SystemClock()
    async with unit_of_work(database, clock) as work:
        (run_id,) = await runs.request(work, [PORTAL], "bench", Wish(mode=Mode.PLAN, method=method))
        run = await runs.take(work, PORTAL)
    assert run is not None
    await ReconcileDesk(database, clock, portal, MendingLimit()).run(run)
    async with database.reading() as connection:
        state = await connection.scalar(select(reconciliation.c.state).where(reconciliation.c.run_id == run_id))
        found = await connection.scalar(select(func.count()).where(drift.c.run_id == run_id))
    if state != "planned":
        raise SystemExit(f"the run ended as {state}")
    return int(found or 0)


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main(*sys.argv[1:4], json.loads(sys.argv[4])))))
