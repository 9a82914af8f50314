"""Note what was done beside a decision: the talk (诚信教育、警示约谈) and the delivery of the notice (送达).

Both are kept with who noted them and when (G14). Names of private persons are sealed, their masks stand in clear (G12).
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from hashlib import sha256

from services.disclosure.notices import store
from services.disclosure.notices.domain.compose import Composed
from services.disclosure.notices.store import Disclosed
from shared.clock import legal_date
from shared.errors import MALFORMED, Problem
from shared.evidence.actions import Action
from shared.evidence.entry import Act
from shared.identifiers import mask_free_text, mask_name, normalise_text
from shared.ids import new_id
from shared.messaging.unit_of_work import UnitOfWork
from shared.sealing import Sealer


class TalkKind(StrEnum):
    """What kind of talk was held."""

    EDUCATION = "education"  # 诚信教育
    WARNING = "warning"  # 警示约谈


class DeliveryMethod(StrEnum):
    """How the notice reached the subject."""

    WITH_DECISION = "with_decision"  # 与决定书一并送达
    IN_PERSON = "in_person"  # 直接送达
    POST = "post"  # 邮寄送达
    ELECTRONIC = "electronic"  # 电子送达
    LEFT = "left"  # 留置送达
    PUBLIC_NOTICE = "public_notice"  # 公告送达


@dataclass(frozen=True)
class Talk:
    """A talk as it was held. The attendee is a private person."""

    kind: TalkKind
    held_on: date
    held_by: str
    attendee: str
    content: str


@dataclass(frozen=True)
class Delivery:
    """A delivery as it happened. The recipient is a private person."""

    method: DeliveryMethod
    delivered_on: date
    recipient: str
    receipt: str


async def note_talk(
    work: UnitOfWork, record_id: str, disclosed: Disclosed, talk: Talk, sealer: Sealer, actor: str
) -> str:
    _check_day(work, "held_on", talk.held_on, disclosed)
    talk_id = new_id()
    name = normalise_text(talk.attendee)
    row = {
        "talk_id": talk_id,
        "record_id": record_id,
        "kind": talk.kind,
        "held_on": talk.held_on,
        "held_by": talk.held_by,
        "attendee": mask_name(name),
        "sealed_attendee": sealer.seal(name, f"talk:{talk_id}"),
        "content": mask_free_text(talk.content),
        "actor": actor,
        "noted_at": work.now,
    }
    await store.insert_talk(work, row)
    work.audit(Act(Action.TALK_NOTED, actor, talk_id, record_id, payload={"kind": talk.kind.value}))
    return talk_id


async def note_delivery(
    work: UnitOfWork,
    record_id: str,
    disclosed: Disclosed,
    letter: Composed,
    delivery: Delivery,
    sealer: Sealer,
    actor: str,
) -> str:
    """Bound to the text as it reads now: a later change of the letter does not change what was delivered."""
    _check_day(work, "delivered_on", delivery.delivered_on, disclosed)
    delivery_id = new_id()
    name = normalise_text(delivery.recipient)
    row = {
        "delivery_id": delivery_id,
        "record_id": record_id,
        "letter_id": letter.letter_id,
        "text_sha256": digest_of(letter),
        "method": delivery.method,
        "delivered_on": delivery.delivered_on,
        "recipient": mask_name(name),
        "sealed_recipient": sealer.seal(name, f"notice_delivery:{delivery_id}"),
        "receipt": mask_free_text(delivery.receipt),
        "actor": actor,
        "noted_at": work.now,
    }
    await store.insert_delivery(work, row)
    told = {"letter": letter.letter_id, "text": row["text_sha256"], "method": delivery.method.value}
    work.audit(Act(Action.NOTICE_DELIVERED, actor, delivery_id, record_id, payload=told))
    return delivery_id


def digest_of(letter: Composed) -> str:
    """SHA-256 of the words of a letter."""
    return sha256("\n".join((letter.title, *letter.paragraphs, letter.authority)).encode()).hexdigest()


def _check_day(work: UnitOfWork, field: str, day: date, disclosed: Disclosed) -> None:
    """Neither before the decision nor in the future."""
    if disclosed.record.decided_on <= day <= legal_date(work.now):
        return
    reason = f"must lie between the decision ({disclosed.record.decided_on}) and today"
    raise Problem(MALFORMED, "1 field(s) cannot be used.", errors=[{"field": field, "reason": reason}])
