"""Make a portal agree again (修正): the same order once more, with the next generation so that the portal takes it."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, update

from services.sync.metrics import MENDS
from services.sync.tables import placement
from shared.contracts.events import PushOrdered
from shared.evidence.actions import Action
from shared.evidence.entry import act_on, effect_of, system
from shared.messaging.unit_of_work import UnitOfWork
from shared.vocabulary import Portal


async def order_again(
    work: UnitOfWork, portal: str, rows: Sequence[Any], *, actor: str = system("sync.mend"), reason: str | None = None
) -> None:
    """Order these placements once more; one that has meanwhile got a newer order is left alone.

    A row tells `record_id`, the `generation` that was seen, and `take_down`.
    """
    if not rows:
        return
    statement = (
        update(placement)
        .where(
            placement.c.record_id == bindparam("of_record"),
            placement.c.portal == portal,
            placement.c.generation == bindparam("seen"),
        )
        .values(
            generation=placement.c.generation + 1,
            mends=placement.c.mends + 1,
            pushes=0,
            looks=0,
            receipt=None,
            refusal=None,
            next_look_at=None,
            next_push_at=work.now,
        )
    )
    await work.connection.execute(statement, [{"of_record": row.record_id, "seen": row.generation} for row in rows])
    MENDS.labels(portal).inc(len(rows))
    effect = effect_of(f"{row.record_id} {row.generation + 1}" for row in rows)
    record_ids = [row.record_id for row in rows]
    work.audit(act_on(Action.MENDS_ORDERED, actor, record_ids, effect, many=portal, reason=reason))
    work.tell(
        *(
            PushOrdered(
                record_id=row.record_id,
                generation=row.generation + 1,
                portal=Portal(portal),
                take_down=row.take_down,
            )
            for row in rows
        )
    )
