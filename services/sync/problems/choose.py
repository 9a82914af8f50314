"""Choose the orders that a decision is about, as they were seen; what came meanwhile is left for another decision."""

from collections.abc import Sequence

from services.sync.problems import store
from services.sync.problems.domain.chosen import Chosen
from shared.database.types import AnyRow
from shared.errors import CONFLICT, Problem
from shared.messaging.unit_of_work import UnitOfWork

MOST_AT_ONCE = 5_000


async def choose(work: UnitOfWork, chosen: Chosen) -> Sequence[AnyRow]:
    """The orders (`record_id`, `take_down`) that a remedy would be applied to now, at most `MOST_AT_ONCE`; locked.

    Raises `Problem` when one that was named with its generation no longer waits as it was seen.
    """
    orders = await store.lock(work, chosen, MOST_AT_ONCE)
    if other := sorted(set(chosen.generations or ()) - {one.record_id for one in orders}):
        raise Problem(
            CONFLICT,
            f"{len(other)} of these orders are no longer what was looked at: a newer order has come, or somebody has "
            "settled them. Nothing was changed; read them and decide anew.",
            record_ids=other,
        )
    return orders


async def take_downs_left_out(work: UnitOfWork, chosen: Chosen) -> int:
    """The take-downs of the cause that a decision about all of it does not include."""
    return await store.take_downs_of(work, chosen.portal, chosen.cause) if chosen.publications_only else 0
