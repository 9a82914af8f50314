"""What a person does with subscribers (订阅方): enter, change, new key, pause, resume, test, remove (G13, G14)."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, insert, select, update

from services.sync.webhooks import health, keys
from services.sync.webhooks.domain.changes import REGION_LENGTHS
from services.sync.webhooks.domain.signing import Algorithm
from services.sync.webhooks.keys import KeyRing, NewKey
from services.sync.webhooks.sequence import lock_head
from services.sync.webhooks.tables import delivery, feed_head, subscriber, subscriber_sequence
from shared.database.connection import AsyncConnection
from shared.database.types import AnyRow
from shared.errors import CONFLICT, MALFORMED, NOT_FOUND, Problem
from shared.evidence.actions import Action
from shared.evidence.entry import Act
from shared.ids import new_id
from shared.messaging.unit_of_work import UnitOfWork
from shared.outbound.guard import EgressRules
from shared.reasons import READABLE, stated

MOST_SIGNING = 5
"""Keys of one subscriber that sign at once: each adds to a header, and servers refuse long ones."""

LONGEST_NAME = 100


@dataclass(frozen=True)
class Wanted:
    """What a subscriber wants to hear, and where. An empty list means everything."""

    name: str
    url: str
    types: Collection[str] = ()
    kinds: Collection[str] = ()
    regions: Collection[str] = ()

    @classmethod
    def of(cls, row: AnyRow) -> "Wanted":
        """What a stored one wants."""
        return cls(row.name, row.url, *(values_of(getattr(row, name)) for name in ("types", "kinds", "regions")))

    def row(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "url": self.url,
            **{name: listed(getattr(self, name)) for name in ("types", "kinds", "regions")},
        }


def listed(values: Collection[str]) -> str:
    """`,one,two,`: the form in which a statement can search it."""
    return f",{','.join(sorted(set(values)))}," if values else ""


def values_of(text: str) -> list[str]:
    return [one for one in text.split(",") if one]


async def enter(
    work: UnitOfWork, wanted: Wanted, algorithm: Algorithm, rules: EgressRules, ring: KeyRing, most: int, actor: str
) -> tuple[str, NewKey]:
    """新增. It hears what gets its position after this moment; `from_position` says where the feed takes over."""
    _check(wanted, rules)
    head = await lock_head(work)
    present = await work.connection.scalar(
        select(func.count()).select_from(subscriber).where(subscriber.c.state != "removed")
    )
    if (present or 0) >= most:
        raise Problem(CONFLICT, f"There are {most} subscribers already, the most that the settings allow.", limit=most)
    subscriber_id = new_id()
    row = {
        **wanted.row(),
        "subscriber_id": subscriber_id,
        "from_position": head.position if head else 0,
        "created_at": work.now,
        "created_by": actor,
        "state": "active",
        "state_at": work.now,
        "state_by": actor,
        "state_reason": None,
        "failures": 0,
        "failing_since": None,
        "held_until": None,
        "last_success_at": None,
    }
    await work.connection.execute(insert(subscriber), row)
    await work.connection.execute(insert(subscriber_sequence), {"subscriber_id": subscriber_id, "last": 0})
    await work.connection.execute(update(feed_head).values(entered=feed_head.c.entered + 1))
    made = await ring.make(work, subscriber_id, algorithm)
    work.audit(Act(Action.SUBSCRIBER_ENTERED, actor, _subject(subscriber_id)))
    return subscriber_id, made


async def change(work: UnitOfWork, subscriber_id: str, wanted: Wanted, rules: EgressRules, act: "Reasoned") -> None:
    """What is wanted from now on; what was dealt out before stays."""
    _check(wanted, rules)
    await lock(work, subscriber_id)
    await _change(work, subscriber_id, wanted, act)


async def change_some(
    work: UnitOfWork, subscriber_id: str, given: Mapping[str, Any], rules: EgressRules, act: "Reasoned"
) -> None:
    """The same for these fields of `Wanted`; the others stay as they are."""
    wanted = replace(Wanted.of(await lock(work, subscriber_id)), **given)
    _check(wanted, rules, given)
    await _change(work, subscriber_id, wanted, act)


async def _change(work: UnitOfWork, subscriber_id: str, wanted: Wanted, act: "Reasoned") -> None:
    await _set(work, subscriber_id, **wanted.row())
    work.audit(Act(Action.SUBSCRIBER_CHANGED, act.actor, _subject(subscriber_id), reason=act.reason))


@dataclass(frozen=True)
class Reasoned:
    """Who decides, and why."""

    actor: str
    reason: str

    def __post_init__(self) -> None:
        stated(self.reason)


async def rotate(work: UnitOfWork, subscriber_id: str, ring: KeyRing, overlap: timedelta, act: Reasoned) -> NewKey:
    """轮换密钥: a new key signs at once, the old ones sign beside it until the overlap ends."""
    await lock(work, subscriber_id)
    algorithm = await keys.algorithm_of(work.connection, subscriber_id)
    await keys.expire(work, subscriber_id, work.now + overlap)
    if await keys.count_signing(work, subscriber_id) >= MOST_SIGNING:
        detail = f"{MOST_SIGNING} keys sign already. Wait until one ends, or rotate without overlap: that ends all."
        raise Problem(CONFLICT, detail, limit=MOST_SIGNING)
    made = await ring.make(work, subscriber_id, algorithm)
    work.audit(Act(Action.SUBSCRIBER_KEY_ROTATED, act.actor, _subject(subscriber_id), reason=act.reason))
    return made


async def pause(work: UnitOfWork, subscriber_id: str, act: Reasoned) -> None:
    """暂停: events are kept."""
    row = await lock(work, subscriber_id)
    if row.state == "active":
        await health.pause(work, subscriber_id, by=act.actor, reason=act.reason)


async def resume(work: UnitOfWork, subscriber_id: str, act: Reasoned) -> None:
    """恢复: whatever waits is sent from the oldest on, at once. Few wait for a later try: a dead endpoint costs few."""
    await lock(work, subscriber_id)
    await _set(
        work, subscriber_id, state="active", state_at=work.now, state_by=act.actor, state_reason=act.reason[:300],
        failures=0, failing_since=None, held_until=None,
    )  # fmt: skip
    waiting = and_(delivery.c.subscriber_id == subscriber_id, delivery.c.state == "pending")
    later = delivery.c.next_try_at > work.now
    await work.connection.execute(update(delivery).where(waiting, later).values(next_try_at=work.now))
    work.audit(Act(Action.SUBSCRIBER_RESUMED, act.actor, _subject(subscriber_id), reason=act.reason))


async def test(work: UnitOfWork, subscriber_id: str, actor: str) -> int:
    """Deal out an event that is about nothing; returns its number."""
    await lock(work, subscriber_id)
    mine = subscriber_sequence.c.subscriber_id == subscriber_id
    raised = update(subscriber_sequence).where(mine).values(last=subscriber_sequence.c.last + 1)
    sequence: int = (await work.connection.execute(raised.returning(subscriber_sequence.c.last))).scalar_one()
    row = {
        "subscriber_id": subscriber_id,
        "sequence": sequence,
        "position": None,
        "record_id": None,
        "state": "pending",
        "attempts": 0,
        "next_try_at": work.now,
        "stored_at": work.now,
    }
    await work.connection.execute(insert(delivery), row)
    work.audit(Act(Action.SUBSCRIBER_TESTED, actor, _subject(subscriber_id)))
    return sequence


async def remove(work: UnitOfWork, subscriber_id: str, act: Reasoned) -> None:
    """注销: it hears nothing more and its keys are gone; its deliveries are deleted in the background."""
    await lock(work, subscriber_id)
    await _set(
        work, subscriber_id, state="removed", state_at=work.now, state_by=act.actor, state_reason=act.reason[:300]
    )
    await keys.forget(work, subscriber_id)
    work.audit(Act(Action.SUBSCRIBER_REMOVED, act.actor, _subject(subscriber_id), reason=act.reason))


async def lock(work: UnitOfWork, subscriber_id: str) -> AnyRow:
    """One subscriber, kept from other writers; or the problem that there is none."""
    mine = and_(subscriber.c.subscriber_id == subscriber_id, subscriber.c.state != "removed")
    row = (await work.connection.execute(select(subscriber).where(mine).with_for_update())).one_or_none()
    if row is None:
        raise Problem(NOT_FOUND, "There is no subscriber with this identifier.")
    return row


async def read(connection: AsyncConnection, subscriber_id: str | None = None) -> Sequence[AnyRow]:
    """Subscribers with the last number of each: one, or all in the order in which they were entered."""
    statement = (
        select(subscriber, subscriber_sequence.c.last)
        .join(subscriber_sequence, subscriber_sequence.c.subscriber_id == subscriber.c.subscriber_id)
        .where(subscriber.c.state != "removed")
        .order_by(subscriber.c.subscriber_id)
    )
    if subscriber_id is not None:
        statement = statement.where(subscriber.c.subscriber_id == subscriber_id)
    return (await connection.execute(statement)).all()


@dataclass(frozen=True)
class Backlog:
    """What waits for a subscriber: how many, since when and from which number on; and how many failed for good."""

    waiting: int = 0
    oldest_at: datetime | None = None
    first: int | None = None
    failed: int = 0


async def read_backlog(connection: AsyncConnection) -> dict[str, Backlog]:
    """For each subscriber for whom something waits or failed. Both counts come from partial indexes."""
    columns = delivery.c
    pending = (
        select(columns.subscriber_id, func.count(), func.min(columns.stored_at), func.min(columns.sequence))
        .where(columns.state == "pending")
        .group_by(columns.subscriber_id)
    )
    failed = (
        select(columns.subscriber_id, func.count()).where(columns.state == "failed").group_by(columns.subscriber_id)
    )
    found = {row[0]: Backlog(row[1], row[2], row[3]) for row in await connection.execute(pending)}
    for row in await connection.execute(failed):
        found[row[0]] = replace(found.get(row[0], Backlog()), failed=row[1])
    return found


def _check(wanted: Wanted, rules: EgressRules, fields: Collection[str] = ("name", "url", "regions")) -> None:
    if "url" in fields and (refusal := rules.refusal_of_url(wanted.url)):
        raise Problem(
            MALFORMED, f"The address cannot be used: {refusal}.", errors=[{"field": "url", "reason": refusal}]
        )
    if "name" in fields and (len(wanted.name) > LONGEST_NAME or not re.fullmatch(READABLE, wanted.name)):
        reason = f"1 to {LONGEST_NAME} characters, something of them to read"
        raise Problem(MALFORMED, f"A name has {reason}.", errors=[{"field": "name", "reason": reason}])
    if any(not one.isdecimal() or len(one) not in REGION_LENGTHS for one in wanted.regions):
        reason = "the beginning of a division code, such as 3206"
        raise Problem(MALFORMED, f"A region is {reason}.", errors=[{"field": "regions", "reason": reason}])


async def _set(work: UnitOfWork, subscriber_id: str, **values: Any) -> None:
    await work.connection.execute(update(subscriber).where(subscriber.c.subscriber_id == subscriber_id).values(values))


def _subject(subscriber_id: str) -> str:
    return f"subscriber/{subscriber_id}"
