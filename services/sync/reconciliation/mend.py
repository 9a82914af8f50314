"""Make a portal agree again (修正): the same order once more, with the next generation so that the portal takes it."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, select, update

from services.sync.metrics import MENDS
from services.sync.tables import placement
from shared.contracts.events import PushOrdered
from shared.database.among import among
from shared.evidence.actions import Action
from shared.evidence.entry import act_on, effect_of, system
from shared.messaging.unit_of_work import UnitOfWork
from shared.vocabulary import Portal


async def order_again(
    work: UnitOfWork, portal: str, rows: Sequence[Any], *, actor: str = system("sync.mend"), reason: str | None = None
) -> list[Any]:
    """Order these placements once more; one that has meanwhile got a newer order, or whose order the portal has not
    taken yet, is left alone. Returns those that were ordered.

    A row tells `record_id`, the `generation` that was seen, and `take_down`.
    """
    rows = await _that_stand(work, portal, rows)
    if not rows:
        return []
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
    return rows


async def _that_stand(work: UnitOfWork, portal: str, rows: Sequence[Any]) -> list[Any]:
    """Those whose order is the newest and was taken: a form that waits for its receipt must not be filed again."""
    if not rows:
        return []
    columns = placement.c
    statement = (
        select(columns.record_id, columns.generation)
        .where(
            columns.portal == portal,
            among(work.dialect, columns.record_id, [row.record_id for row in rows]),
            columns.acknowledged_generation == columns.generation,
        )
        .order_by(columns.record_id)
        .with_for_update()
    )
    standing = {(row.record_id, row.generation) for row in await work.connection.execute(statement)}
    return [row for row in rows if (row.record_id, row.generation) in standing]
