"""The cases that creditsync is compared with over HTTP. Each stores its rows and then counts them in the table."""

from dataclasses import replace
from pathlib import Path

from sqlalchemy import create_engine, text

from services.local.ports import free_port
from tests.bench.load import Load, send, warm_up
from tests.bench.measure import Figures, Sizes, demand
from tests.bench.places import Place, query, settle
from tests.bench.processes import peak_mb, python

_ENDPOINT = "tests.bench.anchor_endpoint:app"
_MANY, _SINGLE = 8, 32  # connections


def http_upsert(place: Place, sizes: Sizes) -> Figures:
    load = Load(0, "/records", place.rows_file, sizes.rows, "list", connections=_MANY)
    return _run(place, _ENDPOINT, "asyncpg", load, "record")


def orm_one_sync(place: Place, sizes: Sizes) -> Figures:
    load = Load(0, "/record", place.rows_file, sizes.single_rows, "one", rows_a_request=1, connections=_SINGLE)
    return _run(place, "tests.bench.anchor_tutorial:sync_app", "psycopg", load, "tutorial_record")


def orm_one_async(place: Place, sizes: Sizes) -> Figures:
    load = Load(0, "/record", place.rows_file, sizes.single_rows, "one", rows_a_request=1, connections=_SINGLE)
    return _run(place, "tests.bench.anchor_tutorial:async_app", "asyncpg", load, "tutorial_record")


def orm_list_sync(place: Place, sizes: Sizes) -> Figures:
    load = Load(0, "/records", place.rows_file, sizes.list_rows, "list", connections=_MANY)
    return _run(place, "tests.bench.anchor_tutorial:sync_app", "psycopg", load, "tutorial_record")


def orm_list_async(place: Place, sizes: Sizes) -> Figures:
    load = Load(0, "/records", place.rows_file, sizes.list_rows, "list", connections=_MANY)
    return _run(place, "tests.bench.anchor_tutorial:async_app", "asyncpg", load, "tutorial_record")


def _run(place: Place, app: str, driver: str, load: Load, table: str) -> Figures:
    """One uvicorn worker on uvloop, without an access log, as creditsync's own server."""
    port = free_port()
    quiet = ("--no-access-log", "--log-level", "warning", "--loop", "uvloop", "--http", "httptools")
    factory = () if app == _ENDPOINT else ("--factory",)
    command = ("uvicorn", app, "--host", "127.0.0.1", "--port", str(port), *quiet, *factory)
    environment = {"BENCH_DATABASE_URL": place.anchor_url(driver)}
    with python(*command, log=place.folder / "anchor.log", environment=environment, port=port):
        whole = warm_up(replace(load, port=port))
        settle(place)
        answered = send(whole)
        peak = peak_mb(*command)
    stored = _count(place, table)
    demand(stored == whole.rows, f"{stored} rows are stored and {whole.rows} were sent")
    return {
        "rows_per_s": load.rows / answered.seconds,
        "p50_ms": answered.p50_ms,
        "p99_ms": answered.p99_ms,
        "peak_mb": peak,
    }


def _count(place: Place, table: str) -> int:
    statement = f"SELECT count(*) FROM {table}"  # noqa: S608 - a name from this module
    if place.postgres_url is not None:
        return int(query(place.postgres_url, statement))
    engine = create_engine(f"sqlite:///{Path(place.folder) / 'anchor.db'}")
    with engine.connect() as connection:
        return int(connection.execute(text(statement)).scalar_one())
