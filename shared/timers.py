"""Level-driven jobs: each run selects what should have happened by now, so a missed run costs time and nothing else.

A `Timer` repeats as long as there is work; a `Daily` runs once for each scheduled moment, whoever asks first, in
whatever process. Both report when they last succeeded: silence is an alarm (habit of a dead man's switch).
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from prometheus_client import Counter, Gauge
from sqlalchemy import update

from shared.bells import first_of
from shared.clock import LEGAL_ZONE, Clock
from shared.database.engine import Database
from shared.database.mechanics import job_run
from shared.database.upsert import insert_new
from shared.errors import Unavailable
from shared.messaging.unit_of_work import UnitOfWork, unit_of_work

log = structlog.get_logger()

LAST_SUCCESS = Gauge("timer_last_success_seconds", "Unix time at which a timer last ended well", ["timer"])
FAILURES = Counter("timer_failures", "Runs of a timer that raised", ["timer"])

_AFTER_FAILURE_SECONDS = 5.0


@dataclass(frozen=True)
class Timer:
    """`job` does a bounded amount and returns how much it did; it is called again at once until it returns 0.

    `bell` wakes it before its time. `rest_after` so much work it rests, and hears no bell: what comes meanwhile is
    done together.
    """

    name: str
    every_seconds: float
    job: Callable[[], Awaitable[int]]
    bell: asyncio.Event | None = None
    rest_after: Callable[[int], float] = lambda _done: 0.0

    async def run(self, stop: asyncio.Event) -> None:
        """Repeat until `stop` is set. No failure of the job ends the timer."""
        while not stop.is_set():
            pause, bell = self.every_seconds, self.bell
            if bell is not None:
                bell.clear()
            try:
                if done := await self.job():
                    pause, bell = self.rest_after(done), None
                LAST_SUCCESS.labels(self.name).set_to_current_time()
            except Unavailable as error:
                log.warning("timer_postponed", timer=self.name, reason=type(error.__cause__ or error).__name__)
                pause, bell = max(pause, _AFTER_FAILURE_SECONDS), None
            except Exception:
                FAILURES.labels(self.name).inc()
                log.exception("timer_failed", timer=self.name)
                pause, bell = max(pause, _AFTER_FAILURE_SECONDS), None
            await first_of(stop, *([bell] if bell else []), seconds=pause or 0.001)


@dataclass(frozen=True)
class Daily:
    """Once for each moment of a cron expression in Asia/Shanghai; `job` works in the transaction that claims it."""

    name: str
    cron: str
    database: Database
    clock: Clock
    job: Callable[[UnitOfWork], Awaitable[Any]]

    async def run_if_due(self) -> int:
        """Run the job for the latest scheduled moment unless somebody has; a missed day is not made up twice."""
        async with unit_of_work(self.database, self.clock) as work:
            moment = _latest(self.cron, work.now)
            claim = insert_new(work.dialect, job_run).returning(job_run.c.job)
            row = {"job": self.name, "scheduled_for": moment, "started_at": work.now}
            if (await work.connection.execute(claim, row)).one_or_none() is None:
                return 0
            await self.job(work)
            mine = (job_run.c.job == self.name) & (job_run.c.scheduled_for == moment)
            await work.connection.execute(update(job_run).where(mine).values(finished_at=work.now, outcome="done"))
        return 0

    def timer(self) -> Timer:
        """The timer that asks every few seconds whether the moment has come."""
        return Timer(self.name, 5.0, self.run_if_due)


def _latest(cron: str, now: datetime) -> datetime:
    from croniter import croniter  # 3.7 MB that a process which only serves does without

    moment: datetime = croniter(cron, now.astimezone(LEGAL_ZONE)).get_prev(datetime)
    return moment
