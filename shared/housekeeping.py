"""What a service forgets on its own: inbox rows, idempotency keys and job runs that nobody can ask about any more."""

from datetime import timedelta

from sqlalchemy import ColumnElement, delete, exists

from shared.clock import Clock
from shared.database.engine import Database
from shared.database.mechanics import job_run
from shared.messaging.inbox import forget_handled
from shared.messaging.unit_of_work import UnitOfWork
from shared.timers import Daily, Timer
from shared.web.idempotency import forget as forget_keys

KEPT = timedelta(days=30)
"""A broker redelivers within hours and a client repeats within days; a month is longer than any of them."""

_AT_NIGHT = "15 3 * * *"


async def forget(work: UnitOfWork) -> None:
    """Delete what is older than `KEPT`, one statement a table."""
    before = work.now - KEPT
    await forget_handled(work, older_than=KEPT)
    await forget_keys(work.connection, before)
    await work.connection.execute(delete(job_run).where(job_run.c.scheduled_for < before, _has_a_later_run()))


def _has_a_later_run() -> ColumnElement[bool]:
    """The newest run of a job is its claim: without it a job of once a year would run again every month."""
    later = job_run.alias("later")
    return exists().where(later.c.job == job_run.c.job, later.c.scheduled_for > job_run.c.scheduled_for)


def housekeeping(database: Database, clock: Clock) -> Timer:
    """The nightly timer of one service."""
    return Daily("housekeeping", _AT_NIGHT, database, clock, forget).timer()
