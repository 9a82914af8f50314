"""Health of endpoints: left alone for a while after failures, paused by itself after hours of them, never given up.

A pause keeps every event: what came meanwhile is dealt out and waits (guarantee G13).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import bindparam, select, update

from services.sync.metrics import DELIVERIES
from services.sync.webhooks import noting
from services.sync.webhooks.domain.patience import GONE, hold_until
from services.sync.webhooks.noting import Attempt
from services.sync.webhooks.sending import Answer
from services.sync.webhooks.tables import subscriber
from shared.clock import Clock
from shared.database.engine import Database
from shared.database.write_together import Written
from shared.evidence.actions import Action
from shared.evidence.entry import Act, system
from shared.messaging.unit_of_work import UnitOfWork, unit_of_work

log = structlog.get_logger()

_ITSELF = system("sync.deliver")


async def note(database: Database, clock: Clock, answers: Sequence[Answer], pause_after: timedelta) -> None:
    """Keep what came of some deliveries to one endpoint, and what it shows of the endpoint."""
    subscriber_id, attempts = answers[0].endpoint.subscriber_id, [one.attempt for one in answers]
    asked = max((one.asked for one in answers if one.asked), default=None)
    if asked is None and all(one.ok for one in attempts):
        well = Written(_WELL, {"well_id": subscriber_id, "well_at": clock.now()})
        await noting.note_brought(database, clock, subscriber_id, attempts, well)
    else:
        async with unit_of_work(database, clock) as work:
            await noting.note(work, subscriber_id, attempts)
            await _judge(work, subscriber_id, attempts, asked, pause_after)
    for one in attempts:
        DELIVERIES.labels(one.outcome).inc()


_WELL = (
    update(subscriber)
    .where(subscriber.c.subscriber_id == bindparam("well_id"))
    .values(failures=0, failing_since=None, held_until=None, last_success_at=bindparam("well_at"))
)
"""One success clears its name."""


async def _judge(
    work: UnitOfWork, subscriber_id: str, attempts: Sequence[Attempt], asked: timedelta | None, pause_after: timedelta
) -> None:
    mine = subscriber.c.subscriber_id == subscriber_id
    row = (await work.connection.execute(select(subscriber).where(mine).with_for_update())).one()
    if any(one.status == GONE for one in attempts):
        await pause(work, subscriber_id, by=_ITSELF, reason="the endpoint answered 410: it is gone for good")
    elif any(one.ok for one in attempts):
        held = hold_until(work.now, 0, subscriber_id, asked)
        await _write(work, subscriber_id, 0, None, held, last_success_at=work.now)
    else:
        await _note_failure(work, subscriber_id, row.failures + len(attempts), row.failing_since, asked)
        since = row.failing_since or work.now
        if row.state == "active" and work.now - since >= pause_after:
            reason = f"no success since {since:%Y-%m-%d %H:%M} UTC, last: {_words(attempts[-1])}"
            await pause(work, subscriber_id, by=_ITSELF, reason=reason)


async def _note_failure(
    work: UnitOfWork, subscriber_id: str, failures: int, since: datetime | None, asked: timedelta | None
) -> None:
    held = hold_until(work.now, failures, subscriber_id, asked)
    await _write(work, subscriber_id, failures, since or work.now, held)


async def _write(
    work: UnitOfWork,
    subscriber_id: str,
    failures: int,
    since: datetime | None,
    held: datetime | None,
    **more: datetime,
) -> None:
    await work.connection.execute(
        update(subscriber)
        .where(subscriber.c.subscriber_id == subscriber_id)
        .values(failures=failures, failing_since=since, held_until=held, **more)
    )


async def pause(work: UnitOfWork, subscriber_id: str, *, by: str, reason: str) -> None:
    """Send nothing more until somebody resumes; events go on being kept."""
    await work.connection.execute(
        update(subscriber)
        .where(subscriber.c.subscriber_id == subscriber_id, subscriber.c.state == "active")
        .values(state="paused", state_at=work.now, state_by=by, state_reason=reason[:300])
    )
    work.audit(Act(Action.SUBSCRIBER_PAUSED, by, f"subscriber/{subscriber_id}", reason=reason))
    log.warning("subscriber_paused", subscriber_id=subscriber_id, by=by)


def _words(one: Attempt) -> str:
    return f"status {one.status}" if one.status else one.message or one.outcome
