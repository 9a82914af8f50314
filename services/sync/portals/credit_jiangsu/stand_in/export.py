"""The full export: one gzip CSV with everything that is shown, and a last line that says how many rows there are."""

import asyncio
import csv
import gzip
import io
from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.sync.mock_portals.common.app import Parts
from services.sync.mock_portals.common.faults import FaultName
from services.sync.mock_portals.common.lists import Entry

_BOM = "\ufeff"
_TRAILER = "#TOTAL"


class Export:
    """The file that other offices fetch at night."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        items = (item for layout in parts.store.layouts.values() for item in layout.items if item.caption)
        self._columns = list(dict.fromkeys(item.wire for item in items))

    def routes(self) -> list[Route]:
        return [Route("/export/full.csv.gz", self.full, methods=["GET"])]

    async def full(self, _request: Request) -> Response:
        entries = await self._parts.pages.lists.all_entries()
        cut = self._parts.faults.take(FaultName.TRUNCATED_LIST)
        shown = [] if cut and cut.mode == "empty" else entries
        packed = await asyncio.to_thread(self._packed, shown, len(entries))
        if cut and not cut.mode:
            packed = packed[: len(packed) // 2]
        return Response(packed, media_type="application/gzip")

    def _packed(self, entries: Sequence[Entry], total: int) -> bytes:
        text = io.StringIO(newline="")
        text.write(_BOM)
        writer = csv.writer(text)
        writer.writerow(["JLBH", "MBLX", *self._columns])
        for entry in entries:
            writer.writerow([entry.key, entry.kind, *(entry.fields.get(name, "") for name in self._columns)])
        writer.writerow([_TRAILER, total])
        return gzip.compress(text.getvalue().encode(), compresslevel=3, mtime=0)
