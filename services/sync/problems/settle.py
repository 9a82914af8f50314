"""Settle what waits for a person (处置): order it anew, amend and order it, or set it aside.

Every act has an actor and a reason (G14).
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from services.sync.problems import store
from services.sync.problems.domain.amendment import NotAmendable, amended
from shared.contracts.events import PushOrdered
from shared.contracts.records import Record
from shared.errors import CONFLICT, MALFORMED, Problem
from shared.evidence.actions import Action
from shared.evidence.entry import Act, Effect, effect_of
from shared.messaging.unit_of_work import UnitOfWork
from shared.vocabulary import Portal

MOST_AT_ONCE = 5_000


class Remedy(StrEnum):
    """What a person decides."""

    RETRY = "retry"
    SKIP = "skip"
    AMEND = "amend"


@dataclass(frozen=True)
class Chosen:
    """The orders that a person means: all of one cause, or some records of it."""

    portal: Portal
    cause: str
    record_ids: Collection[str] | None = None


async def choose(work: UnitOfWork, chosen: Chosen) -> Sequence[str]:
    """The records that a remedy would be applied to now, at most `MOST_AT_ONCE`; locked."""
    return await store.lock(work, chosen.portal, chosen.cause, chosen.record_ids, MOST_AT_ONCE)


async def amend(
    work: UnitOfWork, chosen: Chosen, record_id: str, fields: Mapping[str, str], *, actor: str, reason: str
) -> None:
    """Send this portal other words of one record, which `choose` has locked, until the source tells it anew (订正)."""
    body = await store.body_of(work, chosen.portal, record_id)
    if body is None:
        raise Problem(CONFLICT, "Only what shall be shown can be amended; this order takes a record down.")
    try:
        record = amended(Record.model_validate_json(body), fields)
    except NotAmendable as error:
        raise Problem(MALFORMED, str(error)) from None
    text = record.model_dump_json()
    await store.put_in_place(work, chosen.portal, record_id, text)
    [row] = await store.order_anew(work, chosen.portal, [record_id])
    work.tell(
        PushOrdered(record_id=row.record_id, generation=row.generation, portal=chosen.portal, take_down=row.take_down)
    )
    effect = Effect(1, hashlib.sha256(text.encode()).hexdigest())
    told = {"portal": str(chosen.portal), "cause": chosen.cause, "fields": sorted(fields)}
    work.audit(Act(Action.ORDER_AMENDED, actor, record_id, record_id, reason, effect, told))


async def settle(
    work: UnitOfWork, chosen: Chosen, record_ids: Sequence[str], remedy: Remedy, *, actor: str, reason: str
) -> None:
    """Apply the remedy to these records, which `choose` has locked in this transaction."""
    if not record_ids:
        return
    if remedy is Remedy.RETRY:
        rows = await store.order_anew(work, chosen.portal, record_ids)
        work.tell(
            *(
                PushOrdered(
                    record_id=row.record_id, generation=row.generation, portal=chosen.portal, take_down=row.take_down
                )
                for row in rows
            )
        )
    else:
        await store.set_aside(work, chosen.portal, record_ids, f"set aside by {actor}: {reason}")
    work.audit(
        Act(
            Action.ORDERS_RETRIED if remedy is Remedy.RETRY else Action.ORDERS_SET_ASIDE,
            actor,
            f"{chosen.portal}/{chosen.cause}"[:80],
            record_ids[0] if len(record_ids) == 1 else None,
            reason,
            effect_of(record_ids),
        )
    )
