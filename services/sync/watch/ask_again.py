"""What a person asks of one record now: look again, or send the order that stands once more.

A look that is asked for is a look like every other: it proves and mends by the same rules. An order is repeated only
when the portal took the one before; what was refused is settled with its cause (`problems/`). Serves G08, G15.
"""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, case, or_, select, update

from services.sync import wake
from services.sync.reconciliation.mend import order_again
from services.sync.tables import placement
from shared.database.types import AnyRow
from shared.evidence.actions import Action
from shared.evidence.entry import Act, effect_of
from shared.messaging.unit_of_work import UnitOfWork
from shared.vocabulary import Portal

_P = placement.c


async def look_now(work: UnitOfWork, record_id: str, portal: Portal | None, actor: str) -> Sequence[str]:
    """Let the placements of a record, former entries too, be looked at next; returns on which portals.

    One whose order still has to be sent is looked at after that by itself: it is left out, as a look before would hold
    the order back.
    """
    sent = or_(_P.acknowledged_generation >= _P.generation, _P.refusal.is_not(None))
    statement = (
        update(placement)
        .where(_of(record_id, portal), sent, _P.receipt.is_(None), _P.portal_key.is_not(None))
        # A rested placement begins its patience anew; of one that is being looked at the count is the fence.
        .values(next_look_at=work.now, looks=case((_P.next_look_at.is_(None), 0), else_=_P.looks))
        .returning(_P.record_id, _P.portal)
    )
    rows = (await work.connection.execute(statement)).all()
    portals = sorted({row.portal for row in rows})
    if portals:
        work.wake(*(wake.looks(portal) for portal in portals), everywhere=True)
        effect = effect_of(f"{row.record_id} {row.portal}" for row in rows)
        work.audit(Act(Action.LOOK_REQUESTED, actor, record_id, record_id, None, effect, {"portals": portals}))
    return portals


async def send_again(work: UnitOfWork, record_id: str, portal: Portal, actor: str, reason: str) -> int:
    """Order what stands once more; returns how many entries, former ones too, were ordered."""
    taken = _P.acknowledged_generation == _P.generation
    statement = select(placement).where(_of(record_id, portal), taken).order_by(_P.record_id)
    rows: Sequence[AnyRow] = (await work.connection.execute(statement)).all()
    await order_again(work, portal, rows, actor=actor, reason=reason)
    return len(rows)


def _of(record_id: str, portal: Portal | None) -> ColumnElement[bool]:
    former = and_(_P.former_of.is_not(None), _P.former_of == record_id)
    own = or_(_P.record_id == record_id, former)
    return own if portal is None else and_(own, _P.portal == portal)
