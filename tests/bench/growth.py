"""Case `growth` (P1, P2): what admission costs in a register of ten times the size, and what a repeat costs in which
one row in a hundred has changed.

The register is filled by the database with records like one that was really admitted; their keys lie scattered over the
indexes, as real digests do.
"""

from dataclasses import replace

from sqlalchemy import select

from services.ingest.tables import record
from shared.vocabulary import Verdict
from shared.web.server import run
from tests.bench.fill import fill, identifier
from tests.bench.house import BenchHouse
from tests.bench.load import Answered, Load, send, warm_up
from tests.bench.measure import Figures, Sizes, demand
from tests.bench.places import Place, settle
from tests.bench.rows import ROWS_A_BATCH

_SERVE = ("serve", "ingest")
_GROWTH = 10
_CHANGED_EVERY = 100


def growth(place: Place, sizes: Sizes) -> Figures:
    house = BenchHouse.built(place)
    rows = max(ROWS_A_BATCH, sizes.rows // 2 // ROWS_A_BATCH * ROWS_A_BATCH)
    with house.running(*_SERVE):
        load = warm_up(house.load(rows, run="before"))
        run(_filled(house, 0, sizes.register // _GROWTH))
        fewer = _admitted(place, load, rows)
        run(_filled(house, sizes.register // _GROWTH, sizes.register))
        # The rows that follow those that have been sent.
        later = replace(load, rows=load.rows + rows, skip=load.rows // ROWS_A_BATCH, run="grown")
        more = _admitted(place, later, rows)
        once = _repeated(place, replace(later, run="once"), rows)
        changed = _changed(place, replace(later, run="changed", change_every=_CHANGED_EVERY), rows)
        _changed(place, replace(later, run="restored"), rows)
        twice = _repeated(place, replace(later, run="twice"), rows)
    return {
        "rows_per_s": rows / fewer.seconds,
        "grown_rows_per_s": rows / more.seconds,
        "unchanged_seconds": (once.seconds + twice.seconds) / 2,
        "changed_seconds": changed.seconds,
    }


def _admitted(place: Place, load: Load, rows: int) -> Answered:
    settle(place)
    answered = send(load)
    demand(answered.counts[Verdict.ADMITTED] == rows, f"{rows} rows should be admitted: {answered.counts}")
    return answered


def _repeated(place: Place, load: Load, rows: int) -> Answered:
    settle(place)
    answered = send(load)
    demand(answered.counts[Verdict.UNCHANGED] == rows, f"{rows} rows should be unchanged: {answered.counts}")
    return answered


def _changed(place: Place, load: Load, rows: int) -> Answered:
    """One row in a hundred differs from what is stored; what changed before comes back as it was."""
    settle(place)
    answered, number = send(load), rows // _CHANGED_EVERY
    right = answered.counts[Verdict.AMENDED] == number and answered.counts[Verdict.UNCHANGED] == rows - number
    demand(right, f"{number} of {rows} rows should be amended: {answered.counts}")
    return answered


async def _filled(house: BenchHouse, known: int, records: int) -> None:
    """Copies of the newest record, numbered from `known` up to `records`."""
    database = house.database("ingest")
    try:
        async with database.writing() as connection:
            one = await connection.scalar(select(record.c.record_id).order_by(record.c.record_id.desc()).limit(1))
            dialect, number = connection.dialect.name, f"(i + {known})"
            own = {
                "record_id": identifier(dialect, number),
                "subject_key": f"'9132040' || substr({identifier(dialect, number)}, 22)",
                "record_key": _scattered(dialect, number, "key"),
                "sent_digest": _scattered(dialect, number, "sent"),
            }
            of_one = {name: f"(SELECT \"{name}\" FROM record WHERE record_id = '{one}')" for name in record.c.keys()}  # noqa: S608, SIM118
            await fill(connection, record, records - known, of_one | own)
    finally:
        await database.close()


def _scattered(dialect: str, number: str, what: str) -> str:
    return f"md5('{what}' || {number})" if dialect == "postgresql" else "lower(hex(randomblob(16)))"
