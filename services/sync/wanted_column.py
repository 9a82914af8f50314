"""The wanted column in the database: orders of disclosure are entered, raised and told, all of a batch at once."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import bindparam, func, select, update

from services.sync.placements import BODY, ITS_CONTENT
from services.sync.tables import content, placement
from shared.contracts.events import PublicationOnline
from shared.database.types import AnyRow
from shared.database.upsert import insert_for, upsert
from shared.messaging.unit_of_work import UnitOfWork

_KEPT_WHEN_UNKNOWN = (
    "portal_key", "closes_on", "shown_digest", "opens_on", "district", "kind", "bucket", "entry_digest",
)  # fmt: skip
"""A take-down carries no content: what the placement knows of it stays."""

_ORDERED = (
    "source_generation", "take_down", "reason", "due_at", "due_deadline", "due_from", "due_provisional", "wanted_at",
)  # fmt: skip

_FRESH_START = {
    "receipt": None,
    "refusal": None,
    "refusal_code": None,
    "amended_body": None,
    "next_look_at": None,
    "pushes": 0,
    "looks": 0,
    "mends": 0,
}


async def store_contents(work: UnitOfWork, orders: Sequence[PublicationOnline]) -> None:
    """Keep the newest content of each record and audience."""
    if not orders:
        return
    statement = upsert(work.dialect, content, keys=("record_id", "audience"), newer="source_generation")
    await work.connection.execute(
        statement,
        [
            {
                "record_id": order.record_id,
                "audience": order.audience,
                "source_generation": order.generation,
                "body": order.record.model_dump_json(),
            }
            for order in orders
        ],
    )


async def enter(work: UnitOfWork, rows: Sequence[dict[str, Any]]) -> dict[tuple[str, str], AnyRow]:
    """Make the placements that are not there yet; all of them as they stand, kept from other writers until the commit,
    with the body of what they show. Only behind this can nobody else bring an order in between."""
    if not rows:
        return {}
    await work.connection.execute(insert_for(work.dialect, placement).on_conflict_do_nothing(), list(rows))
    statement = (
        select(placement, BODY)
        .outerjoin(content, ITS_CONTENT)
        .where(placement.c.record_id.in_({row["record_id"] for row in rows}))
        .order_by(placement.c.record_id, placement.c.portal)
        .with_for_update(of=placement)
    )
    return {(row.record_id, row.portal): row for row in await work.connection.execute(statement)}


async def raise_wanted(work: UnitOfWork, rows: Sequence[dict[str, Any]]) -> None:
    """Write orders whose source generation is newer than the stored one; each gets the next generation."""
    if not rows:
        return
    statement = insert_for(work.dialect, placement)
    new = statement.excluded
    statement = statement.on_conflict_do_update(
        index_elements=["record_id", "portal"],
        set_={
            **{name: new[name] for name in _ORDERED},
            **{name: func.coalesce(new[name], placement.c[name]) for name in _KEPT_WHEN_UNKNOWN},
            **_FRESH_START,
            "generation": placement.c.generation + 1,
            "next_push_at": new.next_push_at,
        },
        where=placement.c.source_generation < new.source_generation,
    )
    await work.connection.execute(statement, list(rows))


async def fill_identity(work: UnitOfWork, rows: Sequence[dict[str, Any]]) -> None:
    """Tell placements that know only of a take-down which entry of the portal they are about."""
    if not rows:
        return
    statement = (
        update(placement)
        .where(
            placement.c.record_id == bindparam("of_record"),
            placement.c.portal == bindparam("on_portal"),
            placement.c.portal_key.is_(None),
        )
        .values(
            portal_key=bindparam("key"),
            shown_digest=bindparam("digest"),
            closes_on=bindparam("closes"),
            opens_on=bindparam("opens"),
            district=bindparam("in_district"),
            kind=bindparam("of_kind"),
            bucket=bindparam("in_bucket"),
            entry_digest=bindparam("entry"),
        )
    )
    await work.connection.execute(
        statement,
        [
            {
                "of_record": row["record_id"],
                "on_portal": row["portal"],
                "key": row["portal_key"],
                "digest": row["shown_digest"],
                "closes": row["closes_on"],
                "opens": row["opens_on"],
                "in_district": row["district"],
                "of_kind": row["kind"],
                "in_bucket": row["bucket"],
                "entry": row["entry_digest"],
            }
            for row in rows
        ],
    )


async def wanted_now(work: UnitOfWork, record_ids: Collection[str]) -> Sequence[AnyRow]:
    """The placements of some records, with `known`: whether their content has arrived."""
    statement = (
        select(
            placement.c.record_id,
            placement.c.portal,
            placement.c.portal_key,
            placement.c.source_generation,
            placement.c.generation,
            placement.c.take_down,
            placement.c.acknowledged_generation,
            content.c.record_id.is_not(None).label("known"),
        )
        .outerjoin(content, ITS_CONTENT)
        .where(placement.c.record_id.in_(record_ids))
        .order_by(placement.c.due_at, placement.c.record_id)
    )
    return (await work.connection.execute(statement)).all()
