"""Amend one order for its portal (订正): judge the words as they would be sent, then put them in place and order anew.

Every act has an actor and a reason (G14).
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.sync.problems import store
from services.sync.problems.domain.amendment import NotAmendable, amended
from services.sync.problems.domain.chosen import Chosen
from shared.contracts.events import PushOrdered
from shared.contracts.records import Record
from shared.errors import CONFLICT, MALFORMED, Problem
from shared.evidence.actions import Action
from shared.evidence.entry import Act, Effect
from shared.messaging.unit_of_work import UnitOfWork
from shared.vocabulary import Portal


@dataclass(frozen=True)
class Amendment:
    """What a portal shall be sent of a record, judged and not in place yet; `fields` are those with other words."""

    record_id: str
    fields: Sequence[str]
    body: str


async def judge(work: UnitOfWork, portal: Portal, record_id: str, fields: Mapping[str, str]) -> Amendment:
    """The amendment of an order that `choose` has locked. Raises `Problem` when it cannot be amended, or not so."""
    body = await store.body_of(work, portal, record_id)
    if body is None:
        raise Problem(CONFLICT, "Only what shall be shown can be amended; this order takes a record down.")
    try:
        return Amendment(record_id, sorted(fields), amended(_read(body), fields).model_dump_json())
    except NotAmendable as error:
        raise Problem(MALFORMED, str(error)) from None


async def amend(work: UnitOfWork, chosen: Chosen, amendment: Amendment, *, actor: str, reason: str) -> None:
    """Send this portal other words of one record until the source tells it anew."""
    record_id = amendment.record_id
    await store.put_in_place(work, chosen.portal, record_id, amendment.body)
    [row] = await store.order_anew(work, chosen.portal, [record_id])
    work.tell(
        PushOrdered(record_id=row.record_id, generation=row.generation, portal=chosen.portal, take_down=row.take_down)
    )
    effect = Effect(1, hashlib.sha256(amendment.body.encode()).hexdigest())
    told = {"portal": str(chosen.portal), "cause": chosen.cause, "fields": amendment.fields}
    work.audit(Act(Action.ORDER_AMENDED, actor, record_id, record_id, reason, effect, told))


def _read(body: str) -> Record:
    try:
        return Record.model_validate_json(body)
    except ValueError:
        raise Problem(
            CONFLICT,
            "The stored content of this order cannot be read, so it has no words to amend. Have the source tell the "
            "record again; a newer order frees it by itself.",
        ) from None
