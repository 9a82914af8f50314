"""Settle what waits for a person (处置): order it anew, or set it aside.

Every act has an actor and a reason (G14).
"""

from collections.abc import Sequence

from services.sync.problems import store
from services.sync.problems.domain.chosen import Chosen, Remedy
from shared.contracts.events import PushOrdered
from shared.database.types import AnyRow
from shared.evidence.actions import Action
from shared.evidence.entry import Act, effect_of
from shared.messaging.unit_of_work import UnitOfWork


async def settle(work: UnitOfWork, chosen: Chosen, orders: Sequence[AnyRow], *, actor: str, reason: str) -> None:
    """Retry these orders or set them aside; `choose` has locked them in this transaction."""
    if not orders:
        return
    record_ids = [one.record_id for one in orders]
    if chosen.remedy is Remedy.RETRY:
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
            Action.ORDERS_RETRIED if chosen.remedy is Remedy.RETRY else Action.ORDERS_SET_ASIDE,
            actor,
            f"{chosen.portal}/{chosen.cause}"[:80],
            record_ids[0] if len(record_ids) == 1 else None,
            reason,
            effect_of(record_ids),
            by_direction(orders),
        )
    )


def by_direction(orders: Sequence[AnyRow]) -> dict[str, int]:
    """How many of these orders show a record, and how many take one down."""
    take_downs = sum(one.take_down for one in orders)
    return {"publications": len(orders) - take_downs, "take_downs": take_downs}
