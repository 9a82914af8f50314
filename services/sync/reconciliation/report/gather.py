"""What a report says: the run, its numbers by kind, its approvals, and its rows slice by slice.

No connection is held between two slices, and never more than one slice is in memory.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from services.sync.reconciliation import approvals, history, runs
from services.sync.tables import drift
from shared.database.engine import Database
from shared.database.types import AnyRow

ROWS_AT_ONCE = 500


@dataclass(frozen=True)
class Report:
    """The head of a report. `totals` sums the lines of `kinds`."""

    run: AnyRow
    kinds: Sequence[AnyRow]
    approvals: Sequence[AnyRow]

    def total(self, name: str) -> int:
        return sum(getattr(row, name) for row in self.kinds)


async def gather(database: Database, run_id: str) -> Report | None:
    """The head, from one consistent view."""
    async with database.reading() as connection:
        run = await runs.one(connection, run_id)
        if run is None:
            return None
        return Report(run, await history.of_run(connection, run_id), await approvals.of_run(connection, run_id))


async def rows_of(database: Database, run_id: str) -> AsyncIterator[Sequence[AnyRow]]:
    """Every difference of the run, in the order in which they were noted."""
    after = ""
    while True:
        statement = (
            select(drift)
            .where(drift.c.run_id == run_id, drift.c.drift_id > after)
            .order_by(drift.c.drift_id)
            .limit(ROWS_AT_ONCE)
        )
        async with database.reading() as connection:
            rows = (await connection.execute(statement)).all()
        if rows:
            yield rows
        if len(rows) < ROWS_AT_ONCE:
            return
        after = rows[-1].drift_id
