"""Orders that no portal may ever see, whatever its transport."""

from collections.abc import Sequence

from services.sync.portals.base import Outcome, PushOrder, PushResult
from shared.vocabulary import RecordKind, SubjectKind

NATURAL_PERSON = "natural_person"
KIND_NOT_SHOWN = "kind_not_shown"


def split_sendable(
    orders: Sequence[PushOrder], kinds: frozenset[RecordKind]
) -> tuple[list[PushOrder], list[PushResult]]:
    """What may be sent, and the refusals of the rest. Natural persons' records stay inside (guarantee G12)."""
    sendable: list[PushOrder] = []
    refused: list[PushResult] = []
    for order in orders:
        subject = order.record.subject
        if subject.kind is SubjectKind.NATURAL_PERSON or not subject.uscc:
            refused.append(_refusal(order, NATURAL_PERSON, "only subjects with a USCC are shown on public portals"))
        elif order.record.kind not in kinds:
            refused.append(_refusal(order, KIND_NOT_SHOWN, f"the portal does not show {order.record.kind}"))
        else:
            sendable.append(order)
    return sendable, refused


def uncertain(orders: Sequence[PushOrder], why: str) -> list[PushResult]:
    """The same doubt about each of them."""
    return [PushResult(o.record_id, o.generation, Outcome.UNCERTAIN, message=why) for o in orders]


def _refusal(order: PushOrder, code: str, message: str) -> PushResult:
    return PushResult(order.record_id, order.generation, Outcome.REFUSED, code=code, message=message)
