"""Makes sure that the kept digests are right: placements from before they were kept get theirs, and all are counted."""

from collections.abc import Mapping

import structlog
from sqlalchemy import bindparam, func, select, update

from services.sync.buckets import store
from services.sync.buckets.domain.digests import bucket_of, entry_digest
from services.sync.metrics import DIGESTS_WRONG
from services.sync.portals.base import KeepsDigests, PortalAdapter
from services.sync.readable import readable
from services.sync.tables import content, placement
from shared.clock import Clock
from shared.database.engine import Database
from shared.messaging.unit_of_work import unit_of_work
from shared.vocabulary import Portal

log = structlog.get_logger()

FILL_AT_ONCE = 500


async def watch_digests(database: Database, clock: Clock, adapters: Mapping[Portal, PortalAdapter]) -> int:
    """Fill in, compare, and count anew what does not agree; the number that did not is told to operators."""
    wrong = 0
    for adapter in adapters.values():
        if not isinstance(adapter, KeepsDigests):
            continue
        await _fill(database, clock, adapter, adapter)
        async with database.reading() as connection:
            found = await store.audit(connection, adapter.portal)
        if found.wrong:
            wrong += len(found.wrong)
            log.error("bucket_digests_wrong", portal=adapter.portal, buckets=len(found.wrong))
            async with unit_of_work(database, clock) as work:
                await store.rebuild(work, adapter.portal)
    DIGESTS_WRONG.set(wrong)
    return 0


async def _fill(database: Database, clock: Clock, adapter: PortalAdapter, digests: KeepsDigests) -> None:
    """Digests of placements that have none, slice by slice."""
    columns, after = placement.c, ""
    body = func.coalesce(columns.amended_body, content.c.body).label("body")
    lacking = (
        select(columns.record_id, columns.portal_key, columns.closes_on, columns.source_generation, body)
        .join(content, (content.c.record_id == columns.record_id) & (content.c.audience == columns.audience))
        .where(
            columns.portal == adapter.portal,
            columns.bucket.is_(None),
            columns.portal_key.is_not(None),
            columns.record_id > bindparam("after"),
        )
        .order_by(columns.record_id)
        .limit(FILL_AT_ONCE)
    )
    statement = (
        update(placement)
        .where(
            columns.record_id == bindparam("of_record"),
            columns.portal == adapter.portal,
            columns.source_generation == bindparam("of_order"),
            columns.bucket.is_(None),
        )
        .values(bucket=bindparam("in_bucket"), entry_digest=bindparam("digest"))
    )
    while True:
        async with database.reading() as connection:
            rows = (await connection.execute(lacking, {"after": after})).all()
        if not rows:
            return
        after = rows[-1].record_id
        values = [
            {
                "of_record": row.record_id,
                "of_order": row.source_generation,
                "in_bucket": bucket_of(row.portal_key),
                "digest": entry_digest(row.portal_key, digests.digest_values(record, row.closes_on)),
            }
            for row, record in readable(rows, adapter.portal)
        ]
        if not values:
            continue
        async with unit_of_work(database, clock) as work:
            await work.connection.execute(statement, values)
