"""Health of endpoints: left alone for a while after failures, paused by itself after hours of them, never given up.

A pause keeps every event: what came meanwhile is dealt out and waits (guarantee G13).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import structlog
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.sync.metrics import DELIVERIES
from services.sync.webhooks.deliveries import Attempt, may_be_sent_to
from services.sync.webhooks.domain.patience import hold_until
from services.sync.webhooks.tables import subscriber
from shared.evidence.actions import Action
from shared.evidence.entry import Act, system
from shared.messaging.unit_of_work import UnitOfWork
from shared.outbound.egress import Posted

log = structlog.get_logger()

_GONE = 410
_ASKING = (429, 503)
_ITSELF = system("sync.deliver")


@dataclass(frozen=True)
class Endpoint:
    """Where one subscriber is told, and how often that failed in a row."""

    subscriber_id: str
    url: str
    failures: int


async def endpoint(connection: AsyncConnection, subscriber_id: str, now: datetime) -> Endpoint | None:
    """None while nothing may be sent to it."""
    mine = subscriber.c.subscriber_id == subscriber_id
    row = (await connection.execute(select(subscriber).where(mine, may_be_sent_to(now)))).one_or_none()
    return Endpoint(row.subscriber_id, row.url, row.failures) if row else None


async def note(
    work: UnitOfWork, told: Endpoint, attempts: Sequence[Attempt], asked: timedelta | None, pause_after: timedelta
) -> None:
    """What one claim showed of the endpoint. One success clears its name."""
    for one in attempts:
        DELIVERIES.labels(one.outcome).inc()
    if not attempts:
        return
    mine = subscriber.c.subscriber_id == told.subscriber_id
    row = (await work.connection.execute(select(subscriber).where(mine).with_for_update())).one()
    if any(one.status == _GONE for one in attempts):
        await pause(work, told.subscriber_id, by=_ITSELF, reason="the endpoint answered 410: it is gone for good")
    elif any(one.ok for one in attempts):
        held = hold_until(work.now, 0, told.subscriber_id, asked)
        await _write(work, told.subscriber_id, 0, None, held, last_success_at=work.now)
    else:
        await _note_failure(work, told.subscriber_id, row.failures + len(attempts), row.failing_since, asked)
        since = row.failing_since or work.now
        if row.state == "active" and work.now - since >= pause_after:
            reason = f"no success since {since:%Y-%m-%d %H:%M} UTC, last: {_words(attempts[-1])}"
            await pause(work, told.subscriber_id, by=_ITSELF, reason=reason)


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


def asked_pause(posted: Posted, now: datetime) -> timedelta | None:
    """What an endpoint that is busy asks for: Retry-After in seconds or as a date."""
    if posted.status not in _ASKING or not posted.retry_after:
        return None
    if posted.retry_after.isdecimal() and len(posted.retry_after) < 10:
        return timedelta(seconds=int(posted.retry_after))
    try:
        at = parsedate_to_datetime(posted.retry_after)
    except ValueError:
        return None
    pause = (at if at.tzinfo else at.replace(tzinfo=UTC)) - now
    return max(pause, timedelta())


def _words(one: Attempt) -> str:
    return f"status {one.status}" if one.status else one.message or one.outcome
