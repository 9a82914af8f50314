"""Case `read` (P8): one record by its identifier over 32 connections, with token, check of the authority, metrics and
limits; beside it the same by the anchors, with as many records, in a random order."""

import json
import random
from dataclasses import replace
from itertools import islice
from pathlib import Path

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import create_async_engine

from services.ingest.tables import record
from services.local.ports import free_port
from shared.web.server import run
from tests.bench import anchor_endpoint
from tests.bench.anchor_tables import careful_sqlite
from tests.bench.fill import fill, identifier
from tests.bench.house import BenchHouse
from tests.bench.load import Load, send
from tests.bench.measure import Figures, Sizes, demand
from tests.bench.places import Place, settle
from tests.bench.processes import peak_mb, python
from tests.bench.rows import ROWS_A_BATCH

CONNECTIONS = 32
_WARM_UP = 500
_GROWTH = 10
_SERVE = ("serve", "ingest")


def read(place: Place, sizes: Sizes) -> Figures:
    """creditsync, with a tenth of the records at first and then with all of them."""
    house = BenchHouse.built(place)
    with house.running(*_SERVE):
        send(house.load(ROWS_A_BATCH, run="seed"))
        run(multiplied(house, sizes.register // _GROWTH))
        settle(place)
        loads = _loads(house.load(1, run="read", connections=CONNECTIONS), place, "/v1/records/", sizes)
        fewer = read_all(loads(sizes.register // _GROWTH))
        peak = house.peak_mb(*_SERVE)
        run(multiplied(house, sizes.register, sizes.register // _GROWTH))
        settle(place)
        more = read_all(loads(sizes.register))
    return fewer | {"peak_mb": peak, "grown_reads_per_s": more["reads_per_s"], "grown_p99_ms": more["p99_ms"]}


async def multiplied(house: BenchHouse, records: int, known: int = 0) -> None:
    """Copies of a record that was really admitted, under identifiers from `known` up to `records`."""
    database = house.database("ingest")
    try:
        async with database.writing() as connection:
            one = await connection.scalar(select(record.c.record_id).order_by(record.c.record_id.desc()).limit(1))
            dialect = connection.dialect.name
            names = record.c.keys()
            number = f"(i + {known})"
            own = {"record_id": identifier(dialect, number), "record_key": identifier(dialect, number)}
            copied = {name: _of_one(name, one) for name in names}
            await fill(connection, record, records - known, copied | own)
    finally:
        await database.close()


def _of_one(column: str, record_id: str) -> str:
    """The expression of what one stored record holds; both names are our own."""
    return f"(SELECT \"{column}\" FROM record WHERE record_id = '{record_id}')"  # noqa: S608


def _first_row(place: Place) -> dict[str, str]:
    with Path(place.rows_file).open(encoding="utf-8") as file:
        found: dict[str, str] = json.loads(next(islice(file, 1)))
    return found


def _loads(given: Load, place: Place, prefix: str, sizes: Sizes) -> "Loads":
    return Loads(replace(given, connections=CONNECTIONS), place.folder, prefix, sizes.reads)


class Loads:
    """Makes the requests for a register of some size: so many reads, in the same random order each time."""

    def __init__(self, given: Load, folder: Path, prefix: str, reads: int, suffix: str = "") -> None:
        self._given, self._folder, self._reads = given, folder, reads
        self._prefix, self._suffix = prefix, suffix

    def __call__(self, records: int) -> Load:
        chance = random.Random(1)
        paths = [f"{self._prefix}{chance.randrange(records):032x}{self._suffix}" for _ in range(self._reads + _WARM_UP)]
        file = self._folder / f"paths-{records}"
        file.write_text("\n".join(paths), encoding="ascii")
        return replace(self._given, paths_file=str(file), rows=self._reads)


def read_all(load: Load) -> Figures:
    """So many reads after a warm-up."""
    paths = Path(load.paths_file)
    warm = paths.with_suffix(".warm")
    warm.write_text("\n".join(paths.read_text(encoding="ascii").splitlines()[:_WARM_UP]), encoding="ascii")
    send(replace(load, paths_file=str(warm)))
    return read_at_once(load)


def read_at_once(load: Load) -> Figures:
    """The same of a process that is warm."""
    answered = send(replace(load, skip=_WARM_UP))
    demand(answered.requests == load.rows, f"{answered.requests} of {load.rows} reads were answered")
    return {"reads_per_s": load.rows / answered.seconds, "p50_ms": answered.p50_ms, "p99_ms": answered.p99_ms}


def read_asyncpg(place: Place, sizes: Sizes) -> Figures:
    return _anchor(place, "tests.bench.anchor_reads:app", sizes)


def read_orm(place: Place, sizes: Sizes) -> Figures:
    return _anchor(place, "tests.bench.anchor_reads:orm_app", sizes)


def _anchor(place: Place, app: str, sizes: Sizes) -> Figures:
    records = sizes.register // _GROWTH
    run(_stored(place, records))
    settle(place)
    port = free_port()
    quiet = ("--no-access-log", "--log-level", "warning", "--loop", "uvloop", "--http", "httptools")
    command = ("uvicorn", app, "--factory", "--host", "127.0.0.1", "--port", str(port), *quiet)
    environment = {"BENCH_DATABASE_URL": place.anchor_url("asyncpg")}
    with python(*command, log=place.folder / "anchor.log", environment=environment, port=port):
        given = Load(port, "", place.rows_file, sizes.reads, "one")
        figures = read_all(_loads(given, place, "/records/", sizes)(records))
        return figures | {"peak_mb": peak_mb(*command)}


async def _stored(place: Place, records: int) -> None:
    """The anchors' table with copies of the first row of the file."""
    table = anchor_endpoint.record
    engine = create_async_engine(place.anchor_url("asyncpg"))
    careful_sqlite(engine.sync_engine)
    cells = _first_row(place)
    async with engine.begin() as connection:
        await connection.run_sync(anchor_endpoint.metadata.create_all)
        await connection.execute(insert(table), [{**cells, "record_id": "first", "payload": cells}])
        columns = [name for name in table.c.keys() if name != "record_id"]  # noqa: SIM118
        copied = {name: _of_one(name, "first") for name in columns}
        await fill(connection, table, records, {"record_id": identifier(engine.dialect.name, "i"), **copied})
    await engine.dispose()
