"""Case `reconcile` (P7): a portal with a hundred differences of three kinds, found by reading its whole export, its
public list page by page (of five hundred entries, and of fifty), and by comparing digests; beside it the downloads
alone. Every step is a process of its own.

At scale 10 the portal shows 1,000,000 records.
"""

import asyncio
import csv
import gzip
import json
import os
import sys
from asyncio.subprocess import PIPE
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from services.local.ports import free_ports
from services.sync.app import NAME, TABLES
from services.sync.buckets.domain.digests import GROUPS, bucket_of, entry_digest, group_digests, numbers_of
from services.sync.buckets.store import fold
from services.sync.domain.shown import digest
from services.sync.portals.columns import fields_by_wire, wire_row
from services.sync.portals.credit_jiangsu import mapping
from services.sync.tables import content, placement
from shared.clock import SystemClock
from shared.contracts.records import Record
from shared.database.copy import copy_rows
from shared.database.engine import Database
from shared.vocabulary import RecordKind
from shared.web.server import run
from tests.bench.measure import Figures, Sizes, demand
from tests.bench.places import Place, settle
from tests.bench.processes import CHECKOUT, python
from tests.support.reconciler import PORTAL
from tests.support.sync_house import START, record

MISSING, ALTERED, GHOSTS = 40, 30, 30
BY_PAGES = ("page_download", "pages", "small_page_download", "small_pages")
AS_IN_THE_IMAGE = {"MALLOC_MMAP_THRESHOLD_": "131072"}
"""What `deploy/Dockerfile` sets and memory depends on."""

_CLOSES_ON = date(2027, 3, 1)
_COLUMNS = mapping.COLUMNS[RecordKind.PENALTY]
_AT_ONCE = 5_000
_BASE = wire_row(_COLUMNS, record(0), _CLOSES_ON)
_PLACEMENT = (
    "record_id", "portal", "audience", "portal_key", "source_generation", "generation", "take_down", "closes_on",
    "opens_on", "district", "kind", "bucket", "entry_digest", "due_at", "due_provisional", "wanted_at", "shown_digest",
    "acknowledged_generation", "acknowledged_at", "observed_generation", "pushes", "next_push_at", "looks", "mends",
    "receipt_asks",
)  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """One record as it is wanted, and what the portal does with it."""

    number: int
    row: dict[str, str]
    state: str

    @property
    def key(self) -> str:
        return f"js-cf-{self.number:024x}"

    @property
    def shown(self) -> dict[str, str]:
        """What the portal shows of it, unless it is missing there."""
        return self.row | {"BZ": "别的"} if self.state == "altered" else self.row


@dataclass
class _Portal:
    """The files of the portal while they are written."""

    buckets: dict[int, list[tuple[str, int]]] = field(default_factory=lambda: defaultdict(list))
    touched: set[int] = field(default_factory=set)
    plan: dict[str, str] = field(default_factory=dict)


def reconcile(place: Place, sizes: Sizes) -> Figures:
    """creditsync: the listing streamed into the database and compared there; then the same by digests."""
    database_url = place.postgres_url or f"sqlite+aiosqlite:///{place.folder / 'sync.db'}"
    TABLES.upgrade(database_url)
    return run(_measured(place, database_url, sizes.listed))


async def _measured(place: Place, database_url: str, listed: int) -> Figures:
    folder = place.folder / "portal"
    (folder / "export").mkdir(parents=True)
    (folder / "digests").mkdir()
    plan = await _fill(database_url, folder, listed)
    await asyncio.to_thread(settle, place)
    file_port, page_port = free_ports(2)
    files = ("http.server", str(file_port), "--bind", "127.0.0.1", "--directory", str(folder))
    pages = ("tests.bench.paged_portal", str(page_port), str(listed))
    with (
        python(*files, log=place.folder / "files.log", environment={}, port=file_port),
        python(*pages, log=place.folder / "pages.log", environment={}, port=page_port),
    ):
        steps = {}
        for step in ("download", "listing", "digests", *BY_PAGES):
            port = page_port if step in BY_PAGES else file_port
            await asyncio.to_thread(settle, place)
            steps[step] = await _step(step, f"http://127.0.0.1:{port}", database_url, plan, place.folder / "compiled")
    shown = listed - MISSING + GHOSTS
    for step in ("download", "page_download", "small_page_download"):
        demand(steps[step]["found"] == shown, f"{step}: {steps[step]['found']} entries came instead of {shown}")
    for step in ("listing", "digests", "pages", "small_pages"):
        demand(steps[step]["found"] == MISSING + ALTERED + GHOSTS, f"{step}: {steps[step]['found']} differences")
    return {
        "records_per_s": listed / steps["listing"]["seconds"],
        "seconds": steps["listing"]["seconds"],
        "download_s": steps["download"]["seconds"],
        "read_s": steps["download"]["read_s"],
        "pages_s": steps["pages"]["seconds"],
        "page_download_s": steps["page_download"]["seconds"],
        "page_read_s": steps["page_download"]["read_s"],
        "cpu_s": steps["listing"]["cpu_s"],
        "download_cpu_s": steps["download"]["cpu_s"],
        "small_pages_s": steps["small_pages"]["seconds"],
        "small_page_download_s": steps["small_page_download"]["seconds"],
        "pages_mb": max(steps[one]["peak_mb"] for one in ("pages", "small_pages")),
        "grown_mb": steps["listing"]["grown_mb"],
        "peak_mb": steps["listing"]["peak_mb"],
        "digests_s": steps["digests"]["seconds"],
        "digests_mb": steps["digests"]["grown_mb"],
        "digest_bytes": steps["digests"]["bytes"],
        "export_bytes": float((folder / "export" / "full.csv").stat().st_size),
    }


async def _step(step: str, url: str, database_url: str, plan: dict[str, str], compiled: Path) -> dict[str, float]:
    """A process as the image starts it: modules are compiled already, here by the first step. One that compiles them
    itself is 3 MB larger before its first statement."""
    command = ("-m", "tests.support.reconciler_start", step, url, database_url, json.dumps(plan))
    as_there = AS_IN_THE_IMAGE | {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(compiled)}
    environment = os.environ | as_there
    child = await asyncio.create_subprocess_exec(sys.executable, *command, cwd=CHECKOUT, stdout=PIPE, env=environment)
    output, _ = await child.communicate()
    demand(child.returncode == 0, f"{step} ended with {child.returncode}")
    found: dict[str, float] = json.loads(output.splitlines()[-1])
    return found


def _entries(listed: int) -> Iterator[Entry]:
    """Differences lie all over the portal; ghosts come on top of what is wanted."""
    for number in range(listed + GHOSTS):
        yield entry_of(number, listed)


def entry_of(number: int, listed: int) -> Entry:
    place, rest = divmod(number, listed // (MISSING + ALTERED))
    state = "ghost" if number >= listed else "shown"
    if state == "shown" and rest == 0 and place < MISSING + ALTERED:
        state = "missing" if place < MISSING else "altered"
    return Entry(number, _BASE | {"CF_WSH": _number(number)}, state)


def _number(number: int) -> str:
    return f"（苏通）应急罚〔2026〕{number}号"


async def _fill(database_url: str, folder: Path, listed: int) -> dict[str, str]:
    """Placements as after a quiet night, the export, and the digests that the portal would have kept."""
    database, portal = Database(database_url, NAME), _Portal()
    plain = folder / "export" / "full.csv"
    with plain.open("w", encoding="utf-8-sig", newline="") as text:
        writer = csv.writer(text)
        names = [column.wire for column in _COLUMNS if column.label]
        writer.writerow(["JLBH", "MBLX", *names])
        waiting: list[Entry] = []
        for entry in _entries(listed):
            waiting.append(entry)
            _show(portal, writer, names, entry)
            if len(waiting) == _AT_ONCE:
                await place_entries(database, waiting)
                waiting.clear()
        await place_entries(database, waiting)
        writer.writerow(["#TOTAL", listed - MISSING + GHOSTS])
    _write_digests(folder / "digests", portal)
    with plain.open("rb") as source, gzip.open(folder / "export" / "full.csv.gz", "wb", compresslevel=3) as packed:
        while chunk := source.read(1 << 20):
            packed.write(chunk)
    while await fold(database, SystemClock()):
        pass
    await database.close()
    return portal.plan


def _show(portal: _Portal, writer: Any, names: list[str], entry: Entry) -> None:
    number = bucket_of(entry.key)
    if entry.state != "shown":
        portal.plan[entry.row["CF_WSH"]] = entry.state
        portal.touched.add(number)
    if entry.state == "missing":
        return
    row = entry.shown
    writer.writerow([entry.key, "CF", *(row[name] for name in names)])
    portal.buckets[number].append((entry.key, entry_digest(entry.key, fields_by_wire(_COLUMNS, row))))


def _write_digests(folder: Path, portal: _Portal) -> None:
    sums = {number: (len(held), sum(one for _, one in held)) for number, held in portal.buckets.items()}
    (folder / "groups.json").write_text(json.dumps(group_digests(sums)))
    for group in range(GROUPS):
        told = [sums.get(number, (0, 0)) for number in numbers_of(group)]
        (folder / f"group-{group}.json").write_text(json.dumps(told))
    for number in portal.touched:
        (folder / f"bucket-{number}.json").write_text(json.dumps(portal.buckets.get(number, [])))


async def place_entries(database: Database, entries: list[Entry], *, with_content: bool = False) -> None:
    if not entries:
        return
    rows = [_placement(entry) for entry in entries]
    bodies = [
        (f"{one.number:032x}", "credit_sites", 1, _record(one).model_dump_json())
        for one in entries
        if with_content or one.state != "shown"
    ]
    async with database.writing() as connection:
        await copy_rows(connection, database.dialect, placement, _PLACEMENT, rows)
        names = ("record_id", "audience", "source_generation", "body")
        await copy_rows(connection, database.dialect, content, names, bodies)


def _record(entry: Entry) -> Record:
    return record(0).model_copy(update={"document_number": _number(entry.number)})


def _placement(entry: Entry) -> tuple[Any, ...]:
    fields = fields_by_wire(_COLUMNS, entry.row)
    known = (entry.key, 1, 1, entry.state == "ghost", _CLOSES_ON, _CLOSES_ON.replace(year=2026), "320600", "penalty")
    digests = (bucket_of(entry.key), entry_digest(entry.key, fields))
    times = (START, False, START, digest(fields), 1, START, 1, 1, START, 1, 0, 0)
    return (f"{entry.number:032x}", PORTAL.value, "credit_sites", *known, *digests, *times)
