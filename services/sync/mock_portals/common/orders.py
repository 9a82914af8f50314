"""What a portal does with one order: takes it, refuses it, or - under a fault - says one thing and does another.

Pure but for the faults, which count down as they strike. An older generation is always refused; the same idempotency
key has one effect however often it comes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from services.sync.mock_portals.common.faults import FaultName, Faults


@dataclass(frozen=True, slots=True)
class Order:
    """One row as it came over the wire, already in the template's form."""

    portal_key: str
    kind: str
    generation: int
    idempotency_key: str
    take_down: bool
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Held:
    """What the portal holds of one record. Taken down, the row stays with its fence."""

    kind: str
    generation: int
    idempotency_key: str
    visible: bool
    effects: int
    fields: Mapping[str, str]

    def hidden(self) -> "Held":
        return replace(self, visible=False)

    def shown_again(self) -> "Held":
        return replace(self, visible=True)


@dataclass(frozen=True, slots=True)
class Answer:
    """The portal's word on one order. No code means that it was taken."""

    idempotency_key: str
    code: str | None = None
    message: str | None = None

    @property
    def taken(self) -> bool:
        return self.code is None


@dataclass(frozen=True, slots=True)
class Effect:
    """What an order changes. `copies` is how often lists show the record, `list_lag` how many seconds later."""

    held: Held
    copies: int = 1
    list_lag: float = 0.0


def decide(order: Order, held: Held | None, faults: Faults) -> tuple[Answer, Effect | None]:
    """The answer and, unless there is none, the effect."""
    refusing = faults.take(FaultName.REFUSING)
    if refusing is not None:
        return Answer(order.idempotency_key, refusing.code, "门户暂不接收该数据"), None
    if held is not None and order.generation <= held.generation:
        return _not_newer(order, held), None
    taken = Answer(order.idempotency_key)
    if faults.take(FaultName.LOST_WRITE):
        return taken, None
    if order.take_down and faults.take(FaultName.ACKNOWLEDGED_BUT_SHOWN):
        return taken, None
    return taken, _effect(order, held, faults)


def _not_newer(order: Order, held: Held) -> Answer:
    if order.idempotency_key == held.idempotency_key:
        return Answer(order.idempotency_key)
    return Answer(
        order.idempotency_key, "STALE_VERSION", f"版本 {order.generation} 不高于已接收的版本 {held.generation}"
    )


def _effect(order: Order, held: Held | None, faults: Faults) -> Effect:
    stale = faults.take(FaultName.STALE_LIST)
    taken = Held(
        kind=order.kind,
        generation=order.generation,
        idempotency_key=order.idempotency_key,
        visible=not order.take_down,
        effects=held.effects + 1 if held else 1,
        fields=held.fields if held and order.take_down else order.fields,
    )
    copies = 1
    if taken.visible:
        altered = faults.take(FaultName.ALTERED)
        if altered is not None:
            taken = defaced(taken, altered.field or next(iter(taken.fields)), altered.value)
        copies = 2 if faults.take(FaultName.DUPLICATE) else 1
    return Effect(taken, copies, stale.seconds if stale else 0.0)


def defaced(held: Held, field: str, value: str | None) -> Held:
    """The same with one value changed."""
    before = held.fields.get(field, "")
    return replace(held, fields={**held.fields, field: f"{before}（改）" if value is None else value})
