"""A look by the driver finds what the statement would find, and belongs to the transaction in which it is taken."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import bindparam, func, select
from sqlalchemy.sql import Select

from shared.database.among import among_given
from shared.database.engine import Database
from shared.database.mechanics import job_run, metadata
from shared.database.quick_look import QuickLook
from tests.support.tables import with_tables
from tests.support.web import START


def _among(dialect: str) -> Select[tuple[str, str | None]]:
    columns = job_run.c
    wanted = among_given(dialect, columns.job, "jobs")
    return select(columns.job, columns.outcome).where(wanted, columns.outcome == bindparam("outcome"))


AMONG = QuickLook(_among)
COUNT = QuickLook(lambda _dialect: select(func.count()).select_from(job_run))


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with with_tables(database_url, "looked", metadata) as found:
        async with found.writing() as connection:
            row = {"scheduled_for": START, "started_at": START}
            ran = [
                {**row, "job": job, "outcome": outcome} for job, outcome in (("a", "完成"), ("b", "完成"), ("c", "no"))
            ]
            await connection.execute(job_run.insert(), ran)
        yield found


async def test_values_are_given_by_their_names(database: Database) -> None:
    async with database.looking() as connection:
        found = await AMONG.on(connection, outcome="完成", jobs=["a", "c", "d"])
        none = await AMONG.on(connection, outcome="完成", jobs=[])
    assert [tuple(row) for row in found] == [("a", "完成")]
    assert list(none) == []


async def test_a_transaction_sees_what_it_wrote_and_nobody_else_does(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        async with database.writing() as connection:
            await connection.execute(job_run.delete())
            [(inside,)] = await COUNT.on(connection)
            async with database.looking() as other:
                [(outside,)] = await COUNT.on(other)
            assert (inside, outside) == (0, 3)
            raise ZeroDivisionError
    async with database.looking() as connection:
        [(afterwards,)] = await COUNT.on(connection)
    assert afterwards == 3
