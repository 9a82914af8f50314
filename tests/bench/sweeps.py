"""Case `sweep` (P6): windows that are over end by creditsync's own use case; beside it the plain statement and the ORM
loop, with the same number of windows, due on the same share of days, all over the table.

Each case sweeps three times on tables of its own: a tenth of all windows; as many as a hundredth of them; and that many
again in a table a tenth as large.
"""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import (
    delete,
    func,
    select,
)

from services.disclosure.column.tables import column_entry
from services.disclosure.domain.display import PublicationState
from services.disclosure.forms.tables import ledger_entry
from services.disclosure.tables import publication, publication_provenance
from services.disclosure.take_down import EXPIRED_AT_ONCE
from shared.contracts.envelope import Event, decode
from shared.contracts.events import PublicationOffline
from shared.database.engine import Database
from shared.database.mechanics import outbox
from shared.web.server import run
from tests.bench.fill import FIRST_END, fill_publications
from tests.bench.house import BenchHouse, one_value
from tests.bench.measure import Figures, Sizes, demand
from tests.bench.places import Place, settle
from tests.bench.processes import CHECKOUT

_MANY_DAYS, FEW_DAYS = 10, 100
_SMALLER = 10
_AUDIENCES = 3


@dataclass(frozen=True)
class Ended:
    """How many windows ended, how long that took, and the peak of the process that did it."""

    ended: int
    seconds: float
    peak_mb: float


@dataclass(frozen=True)
class Sweeper:
    """One way to sweep. `fill` makes so many windows over so many days anew; `end` ends what is over on a day."""

    fill: Callable[[int, int], Awaitable[None]]
    end: Callable[[date], Awaitable["Ended"]]


def sweep(place: Place, sizes: Sizes) -> Figures:
    """creditsync: windows closed, generations raised, column and ledger kept, orders in the outbox."""
    return run(_sweep(BenchHouse.built(place), place, sizes))


async def _sweep(house: BenchHouse, place: Place, sizes: Sizes) -> Figures:
    database = house.database("disclosure")

    async def anew(windows: int, days: int) -> None:
        async with database.writing() as connection:
            for table in (outbox, publication, publication_provenance, column_entry, ledger_entry):
                await connection.execute(delete(table))
        await fill_publications(database, windows, days)

    async def end(on: date) -> Ended:
        command = ("-m", "tests.support.sweeper", database.url, on.isoformat(), str(EXPIRED_AT_ONCE))
        child = await asyncio.create_subprocess_exec(sys.executable, *command, cwd=CHECKOUT, stdout=PIPE)
        output, _ = await child.communicate()
        demand(child.returncode == 0, f"the sweep ended with {child.returncode}")
        return Ended(**json.loads(output))

    try:
        figures = await measured(place, Sweeper(anew, end), sizes.windows)
        figures |= {"nothing_due_ms": (await end(FIRST_END)).seconds * 1000}
        await _check_told(database, sizes.windows // _SMALLER // _MANY_DAYS)
        return figures
    finally:
        await database.close()


async def _check_told(database: Database, due: int) -> None:
    """The outbox carries exactly what is offline, each order once, as its contract reads it."""
    async with database.reading() as connection:
        bodies = (await connection.execute(select(outbox.c.body))).scalars().all()
        shown = publication.c
        offline = await connection.execute(
            select(shown.record_id, shown.audience, shown.generation).where(shown.state == PublicationState.OFFLINE)
        )
        ended = {tuple(row) for row in offline}
    events = [event for body in bodies for event in decode(body, PublicationOffline)]
    told = {(e.data.record_id, e.data.audience, e.data.generation) for e in events if isinstance(e, Event)}
    demand(len(events) == len(told) == len(ended), f"{len(events)} orders were told for {len(ended)} ended windows")
    demand(told == ended, "the orders are for other windows than those that ended")
    demand(abs(len(ended) - due) <= _AUDIENCES, f"{len(ended)} windows ended and {due} were due")
    entries = await one_value(
        database, select(func.count()).select_from(ledger_entry).where(ledger_entry.c.what == "exited")
    )
    demand(abs(entries * _AUDIENCES - len(ended)) <= _AUDIENCES, f"{entries} exits are in the ledger")


async def measured(place: Place, sweeper: Sweeper, windows: int) -> Figures:
    """The three sweeps, each on the state of a quiet night."""
    seconds: dict[str, float] = {}
    peaks: dict[str, float] = {}
    few = windows // FEW_DAYS
    for name, size, days, due in (
        ("many", windows, _MANY_DAYS, windows // _MANY_DAYS),
        ("few", windows, FEW_DAYS, few),
        ("few_small", windows // _SMALLER, _MANY_DAYS, few),
    ):
        await sweeper.fill(size, days)
        await asyncio.to_thread(settle, place)
        done = await sweeper.end(FIRST_END)
        demand(abs(done.ended - due) <= _AUDIENCES, f"{done.ended} windows ended and {due} were due")
        seconds[name], peaks[name] = done.seconds, done.peak_mb
    return {
        "rows_per_s": windows / _MANY_DAYS / seconds["many"],
        "seconds": seconds["many"],
        "few_seconds": seconds["few"],
        "few_small_seconds": seconds["few_small"],
        "growth": seconds["few"] / seconds["few_small"],
        "peak_mb": peaks["many"],
        "few_peak_mb": peaks["few"],
    }
