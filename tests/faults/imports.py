"""`./run faults imports`: a large file whose reader is killed (SIGKILL) at random moments and started again.

0: each row of the file has exactly one verdict, as if nothing had happened. Prints the time and the peak of memory.
"""

import argparse
import asyncio
import json
import random
import resource
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select

from services.ingest.app import TABLES
from services.ingest.imports import store
from services.ingest.imports.spool import Spool
from services.ingest.imports.states import Origin
from services.ingest.imports.verdict_files import VerdictForm, verdict_file
from services.ingest.tables import record
from services.local.errors import ServerMissing
from services.local.folders import passable_folder
from services.local.private_postgres import private_postgres
from shared.clock import SystemClock, legal_date, stopwatch
from shared.database.engine import Database
from shared.ids import new_id
from shared.messaging.unit_of_work import unit_of_work
from shared.vocabulary import Verdict
from tests.bench.processes import high_water_mb
from tests.faults.crew import CHECKOUT
from tests.faults.import_files import WRITERS

_LOOK_SECONDS = 0.05
_LONGEST_DELAY = 0.5
_PATIENCE_SECONDS = 3600


@dataclass(frozen=True)
class ImportTrial:
    """What is read and how often its reader dies. `first`: the number of the first row, to follow those of another."""

    form: str
    rows: int
    kills: int
    seed: int = 1
    first: int = 0


@dataclass
class ImportOutcome:
    """What a trial found. `seconds` and `cpu_seconds` (of the readers) hold deaths and new starts too, `busy_seconds`
    what counts as reading."""

    trial: ImportTrial
    megabytes: float
    seconds: float = 0.0
    busy_seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_mb: float = 0.0
    killed_at: tuple[int, ...] = ()
    state: str = ""
    counts: int = 0
    records: int = 0
    verdicts_in_order: int = 0

    @property
    def good(self) -> bool:
        rows = self.trial.rows
        return self.state == "done" and rows == self.counts == self.records == self.verdicts_in_order


async def run_imports(trial: ImportTrial, url: str, folder: Path) -> ImportOutcome:
    """On a database without the rows of the trial."""
    clock, import_id = SystemClock(), new_id()
    file = folder / f"large.{trial.form}"
    numbers = range(trial.first, trial.first + trial.rows)
    await asyncio.to_thread(WRITERS[trial.form], file, numbers, legal_date(clock.now()))
    spool = Spool(folder / "spool")
    size, sha256 = await asyncio.to_thread(spool.take_in, import_id, file)
    file.unlink()
    database = Database(url, "ingest")
    try:
        before = await _records(database)
        new = store.NewImport(import_id, "sample", None, Origin.FOLDER, file.name, None, size, sha256)
        async with unit_of_work(database, clock) as work:
            await store.insert_import(work, new, complete=True)
        outcome = ImportOutcome(trial, size / 1_000_000)
        async with asyncio.timeout(_PATIENCE_SECONDS):
            await _read(outcome, database, import_id, (url, str(folder)))
        await _judge(outcome, database, spool, import_id)
        outcome.records = await _records(database) - before
    finally:
        await database.close()
    return outcome


async def _read(outcome: ImportOutcome, database: Database, import_id: str, arguments: tuple[str, str]) -> None:
    chance = random.Random(outcome.trial.seed)
    moments = sorted(chance.sample(range(outcome.trial.rows), outcome.trial.kills))
    began, cpu = stopwatch(), _cpu_of_children()
    for moment in [*moments, None]:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.faults.import_reader",
            *arguments,
            cwd=CHECKOUT,
            stdout=asyncio.subprocess.DEVNULL,
        )
        try:
            while process.returncode is None:
                outcome.peak_mb = max(outcome.peak_mb, high_water_mb(process.pid))
                rows = await _rows_done(database, import_id)
                if moment is not None and rows >= moment:
                    await asyncio.sleep(chance.uniform(0, _LONGEST_DELAY))
                    outcome.killed_at += (rows,)
                    break
                await asyncio.sleep(_LOOK_SECONDS)
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()
    outcome.seconds, outcome.cpu_seconds = stopwatch() - began, _cpu_of_children() - cpu


def _cpu_of_children() -> float:
    """Of those that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


async def _rows_done(database: Database, import_id: str) -> int:
    async with database.reading() as connection:
        row = await store.find(connection, import_id)
    return int(row.rows_done) if row else 0


async def _records(database: Database) -> int:
    async with database.reading() as connection:
        return await connection.scalar(select(func.count()).select_from(record)) or 0


async def _judge(outcome: ImportOutcome, database: Database, spool: Spool, import_id: str) -> None:
    async with database.reading() as connection:
        row = await store.find(connection, import_id)
    if row is not None:
        outcome.state, outcome.counts = row.state, sum(json.loads(row.counts).values())
        outcome.busy_seconds = row.busy_seconds
    rest = b""
    async for piece in verdict_file(database, spool, import_id, VerdictForm.NDJSON):
        *lines, rest = (rest + piece).split(b"\n")
        for line in map(json.loads, lines):
            follows = line["row"] == outcome.verdicts_in_order + 1 and line["verdict"] == Verdict.ADMITTED
            outcome.verdicts_in_order += follows


def told(outcome: ImportOutcome, where: str) -> str:
    rows, trial = outcome.trial.rows, outcome.trial
    return (
        f"{where}: {rows} rows of {trial.form.upper()} ({outcome.megabytes:.0f} MB) in {outcome.seconds:.0f} s, "
        f"{rows / outcome.seconds:.0f} rows/s, peak {outcome.peak_mb:.0f} MB; "
        f"killed at rows {', '.join(map(str, outcome.killed_at)) or 'none'}.\n"
        f"{where}: state {outcome.state}, counts sum to {outcome.counts}, records {outcome.records}, verdicts in order "
        f"{outcome.verdicts_in_order}: {'as without a kill' if outcome.good else 'WRONG'}"
    )


@contextmanager
def _place(where: str) -> Iterator[tuple[str, Path]]:
    """An empty database with a folder beside it."""
    if where == "sqlite":
        with tempfile.TemporaryDirectory(prefix="creditsync-imports-") as name:
            url = f"sqlite+aiosqlite:///{name}/ingest.db"
            TABLES.upgrade(url)
            yield url, Path(name)
    else:
        with passable_folder() as folder, private_postgres(folder, durable=True) as postgres:
            TABLES.upgrade(postgres.url)
            own = folder / "house"
            own.mkdir()
            yield postgres.url, own


def main(given: Sequence[str]) -> int:
    options = _parser().parse_args(given)
    good = True
    for where in ("sqlite", "postgresql") if options.where == "both" else (options.where,):
        try:
            with _place(where) as (url, folder):
                trial = ImportTrial(options.form, options.rows, options.kills, options.seed)
                outcome = asyncio.run(run_imports(trial, url, folder))
        except ServerMissing as missing:
            print(f"{where}: left out. {missing}", file=sys.stderr)
            continue
        print(told(outcome, where), flush=True)
        good = good and outcome.good
    return 0 if good else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./run faults imports", description=__doc__)
    parser.add_argument("--form", choices=sorted(WRITERS), default="csv")
    parser.add_argument("--rows", type=int, default=100_000, help="rows of the file (100,000)")
    parser.add_argument("--kills", type=int, default=4, help="how often the reader is killed (4)")
    parser.add_argument("--seed", type=int, default=1, help="decides the moments (1)")
    parser.add_argument("--where", choices=("sqlite", "postgresql", "both"), default="both")
    return parser
