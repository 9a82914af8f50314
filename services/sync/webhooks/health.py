"""Health of endpoints: left alone for a while after failures, paused by itself after hours of them, never given up.

A pause keeps every event: what came meanwhile is dealt out and waits (guarantee G13).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import bindparam, case, select, update

from services.sync.metrics import DELIVERIES
from services.sync.webhooks import noting
from services.sync.webhooks.domain.patience import GONE, failures_after, hold_until
from services.sync.webhooks.noting import Attempt
from services.sync.webhooks.sending import Answer
from services.sync.webhooks.tables import subscriber
from shared.clock import Clock
from shared.database.engine import Database
from shared.database.types import AnyRow
from shared.database.write_together import Written
from shared.evidence.actions import Action
from shared.evidence.entry import Act, system
from shared.messaging.unit_of_work import UnitOfWork, unit_of_work

log = structlog.get_logger()

_ITSELF = system("sync.deliver")


async def note(database: Database, clock: Clock, answers: Sequence[Answer], pause_after: timedelta) -> None:
    """Keep what came of some deliveries to one endpoint, and what it shows of the endpoint."""
    subscriber_id, attempts = answers[0].endpoint.subscriber_id, [one.attempt for one in answers]
    if all(one.attempt.ok and not one.asked for one in answers):
        well = Written(_WELL, {"well_id": subscriber_id, "well_at": clock.now()})
        await noting.note_brought(database, clock, subscriber_id, attempts, well)
    else:
        async with unit_of_work(database, clock) as work:
            await noting.note(work, subscriber_id, attempts)
            await _judge(work, subscriber_id, answers, pause_after)
    for one in attempts:
        DELIVERIES.labels(one.outcome).inc()


_AT = bindparam("well_at", type_=subscriber.c.held_until.type)
_WELL = (
    update(subscriber)
    .where(subscriber.c.subscriber_id == bindparam("well_id"))
    .values(
        failures=0,
        failing_since=None,
        held_until=case((subscriber.c.held_until > _AT, subscriber.c.held_until)),
        last_success_at=_AT,
    )
)
"""One success clears its name. It was begun before any hold that lies ahead, and ends none: see `_held`."""


async def _judge(work: UnitOfWork, subscriber_id: str, answers: Sequence[Answer], pause_after: timedelta) -> None:
    mine = subscriber.c.subscriber_id == subscriber_id
    row = (await work.connection.execute(select(subscriber).where(mine).with_for_update())).one()
    asked = max((one.asked for one in answers if one.asked), default=None)
    if any(one.attempt.status == GONE for one in answers):
        await pause(work, subscriber_id, by=_ITSELF, reason="the endpoint answered 410: it is gone for good")
    elif any(one.attempt.ok for one in answers):
        await _write(work, row, 0, None, asked, last_success_at=work.now)
    else:
        since = row.failing_since or work.now
        await _write(work, row, _failures(work.now, row, answers), since, asked)
        if row.state == "active" and work.now - since >= pause_after:
            reason = f"no success since {since:%Y-%m-%d %H:%M} UTC, last: {_words(answers[-1].attempt)}"
            await pause(work, subscriber_id, by=_ITSELF, reason=reason)


def _failures(now: datetime, row: AnyRow, answers: Sequence[Answer]) -> int:
    if _ahead(now, row):
        return int(row.failures)
    return failures_after(row.failures, len(answers), answers[0].endpoint.failures)


def _held(now: datetime, row: AnyRow, failures: int, asked: timedelta | None) -> datetime | None:
    """A hold that lies ahead is never shortened, or an endpoint that asked for it would not get it. Nothing is begun
    before its end: what is heard meanwhile was under way before, and shows nothing new but what the endpoint asks."""
    ahead = _ahead(now, row)
    held = hold_until(now, 0 if ahead else failures, row.subscriber_id, asked)
    return max(ahead, held) if ahead and held else ahead or held


def _ahead(now: datetime, row: AnyRow) -> datetime | None:
    held: datetime | None = row.held_until
    return held if held and held > now else None


async def _write(
    work: UnitOfWork, row: AnyRow, failures: int, since: datetime | None, asked: timedelta | None, **more: datetime
) -> None:
    held = _held(work.now, row, failures, asked)
    await work.connection.execute(
        update(subscriber)
        .where(subscriber.c.subscriber_id == row.subscriber_id)
        .values(failures=failures, failing_since=since, held_until=held, **more)
    )


async def pause(work: UnitOfWork, subscriber_id: str, *, by: str, reason: str) -> None:
    """Send nothing more until somebody resumes; events go on being kept. Of one that is not active nothing is told."""
    paused = await work.connection.execute(
        update(subscriber)
        .where(subscriber.c.subscriber_id == subscriber_id, subscriber.c.state == "active")
        .values(state="paused", state_at=work.now, state_by=by, state_reason=reason[:300])
    )
    if paused.rowcount:
        work.audit(Act(Action.SUBSCRIBER_PAUSED, by, f"subscriber/{subscriber_id}", reason=reason))
        log.warning("subscriber_paused", subscriber_id=subscriber_id, by=by)


def _words(one: Attempt) -> str:
    return f"status {one.status}" if one.status else one.message or one.outcome
