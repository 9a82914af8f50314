"""Bring reminders to their contacts: claim, send, note. No transaction is open while a channel is at work.

Whoever is killed between sending and noting is followed by another after the lease: the same key again (G01). A failed
delivery is tried again with growing pauses, as often as allowed; then it waits for a person.
"""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog

from services.repair.metrics import REMINDER_ATTEMPTS_FAILED, REMINDERS_FAILED, REMINDERS_SENT, REMINDERS_WAITING
from services.repair.reminders import store
from services.repair.reminders.channels import ChannelRefused, Channels
from services.repair.reminders.contacts import sealed_as, signing_secret
from services.repair.reminders.domain.notice import (
    MOST_ATTEMPTS,
    Channel,
    DeliveryState,
    Notice,
    delivery_key,
    pause_after,
)
from services.repair.reminders.take import FILE_OUTBOX
from shared.clock import Clock
from shared.database.engine import Database
from shared.database.types import AnyRow
from shared.errors import Unavailable
from shared.messaging.unit_of_work import unit_of_work
from shared.sealing import SealBroken, Sealer

log = structlog.get_logger()

CLAIM = 40
AT_ONCE = 8
LEASE = timedelta(minutes=5)
"""Forty deliveries, eight at once, each with its time limit of twenty seconds, end well before."""


@dataclass(frozen=True)
class Postman:
    """What delivering stands on."""

    database: Database
    clock: Clock
    sealer: Sealer
    channels: Channels


async def deliver_waiting(postman: Postman) -> int:
    """Send one claim; returns how many deliveries were settled or tried."""
    async with postman.database.reading() as connection:
        counted = await store.count(connection)
        due = await store.any_due(connection, postman.clock.now())
    REMINDERS_WAITING.set(counted.get(DeliveryState.WAITING, 0))
    REMINDERS_FAILED.set(counted.get(DeliveryState.FAILED, 0))
    if not due:
        return 0
    async with unit_of_work(postman.database, postman.clock) as work:
        rows = await store.claim(work, CLAIM, LEASE)
    results = await _send_all(postman, rows)
    async with unit_of_work(postman.database, postman.clock) as work:
        await store.note(work, results)
    return len(rows)


async def _send_all(postman: Postman, rows: Sequence[AnyRow]) -> list[dict[str, Any]]:
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(row: AnyRow) -> dict[str, Any]:
        async with gate:
            return await _send(postman, row)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(row)) for row in rows]
    return [task.result() for task in tasks]


async def _send(postman: Postman, row: AnyRow) -> dict[str, Any]:
    """What became of one delivery; no failure of a channel reaches the others."""
    if not row.still_shown or (row.contact_id != FILE_OUTBOX and (row.sealed_address is None or row.removed_at)):
        return _result(postman, row, DeliveryState.NOT_NEEDED)
    if row.attempts > MOST_ATTEMPTS:  # whoever tried it last was killed, each time
        return _result(postman, row, DeliveryState.FAILED, "every attempt was cut short")
    channel = Channel(row.channel)
    try:
        address, secret = _opened(postman.sealer, row)
        key = delivery_key(row.record_id, row.contact_id)
        await postman.channels[channel].send(_notice(row), key, address, secret)
    except (ChannelRefused, SealBroken) as refused:
        REMINDER_ATTEMPTS_FAILED.labels(channel).inc()
        log.warning("reminder_refused", record_id=row.record_id, contact_id=row.contact_id, channel=channel)
        return _result(postman, row, DeliveryState.FAILED, str(refused))
    except Unavailable as failure:
        REMINDER_ATTEMPTS_FAILED.labels(channel).inc()
        return _again(postman, row, str(failure))
    except Exception as error:
        REMINDER_ATTEMPTS_FAILED.labels(channel).inc()
        log.error("reminder_failed", record_id=row.record_id, channel=channel, error=type(error).__name__)
        return _again(postman, row, f"the channel failed: {type(error).__name__}")
    REMINDERS_SENT.labels(channel).inc()
    return _result(postman, row, DeliveryState.SENT)


def _again(postman: Postman, row: AnyRow, failure: str) -> dict[str, Any]:
    pause = pause_after(row.attempts)
    if pause is None:
        log.warning("reminder_given_up", record_id=row.record_id, contact_id=row.contact_id, channel=row.channel)
        return _result(postman, row, DeliveryState.FAILED, failure)
    return {**_result(postman, row, DeliveryState.WAITING, failure), "to_next_at": postman.clock.now() + pause}


def _result(postman: Postman, row: AnyRow, state: DeliveryState, failure: str | None = None) -> dict[str, Any]:
    now = postman.clock.now()
    return {
        "of_record": row.record_id,
        "of_contact": row.contact_id,
        "to_state": state,
        "to_next_at": now,
        "to_settled_at": None if state is DeliveryState.WAITING else now,
        "to_failure": failure[:200] if failure else None,
    }


def _opened(sealer: Sealer, row: AnyRow) -> tuple[str, bytes]:
    if row.contact_id == FILE_OUTBOX:
        return "", b""
    return sealer.open(row.sealed_address, sealed_as(row.contact_id)), signing_secret(sealer, row.contact_id)


def _notice(row: AnyRow) -> Notice:
    return Notice(
        record_id=row.record_id,
        title=row.title,
        subject=row.subject,
        uscc=row.uscc,
        document_number=row.document_number,
        repair_from_on=row.repair_from_on.isoformat(),
        paragraphs=tuple(json.loads(row.paragraphs)),
    )
