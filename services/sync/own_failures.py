"""Orders on which we fail ourselves (本侧故障): a content that cannot be read, an adapter that stumbles.

They are tried a bounded number of times and then wait for a person like a refusal; a newer order frees them.
"""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import func, select

from services.sync.domain.patience import OWN_FAILURES
from services.sync.portals.base import Outcome, PushResult
from services.sync.tables import push_attempt
from shared.messaging.unit_of_work import UnitOfWork

UNREADABLE = "unreadable"
ADAPTER_FAILED = "adapter_failed"
_OURS = (UNREADABLE, ADAPTER_FAILED)


async def given_up(work: UnitOfWork, portal: str, results: Sequence[PushResult]) -> list[PushResult]:
    """The same results; those that failed on our side often enough are refused."""
    failed = {(one.record_id, one.generation) for one in results if one.code in _OURS}
    if not failed:
        return list(results)
    columns = push_attempt.c
    statement = (
        select(columns.record_id, columns.generation, func.count().label("times"))
        .where(
            columns.record_id.in_({record_id for record_id, _ in failed}),
            columns.portal == portal,
            columns.code.in_(_OURS),
        )
        .group_by(columns.record_id, columns.generation)
    )
    earlier = {(row.record_id, row.generation): row.times for row in await work.connection.execute(statement)}
    hopeless = {named for named in failed if earlier.get(named, 0) + 1 >= OWN_FAILURES}
    return [
        replace(one, outcome=Outcome.REFUSED) if (one.record_id, one.generation) in hopeless else one for one in results
    ]
