"""Former entries (旧条目): what a portal may still show under a key that an amendment has replaced.

An authority's new name, another document number or another subject make another entry at a portal. The old one is then
a placement of its own, wanted offline with the content that it was shown with: it is pushed, looked at, mended and
reconciled like every other, and until it was seen gone the record is not gone either (guarantee G05).
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, delete, select, tuple_, update

from services.sync.tables import content, drift, placement
from shared.contracts.events import PushOrdered
from shared.database.connection import AsyncConnection
from shared.database.types import AnyRow
from shared.evidence.actions import Action
from shared.evidence.entry import act_on, effect_of, system
from shared.ids import new_id
from shared.messaging.unit_of_work import UnitOfWork
from shared.vocabulary import Portal

Named = tuple[str, str]
"""A record and a portal, or a portal and a key."""


async def retire(work: UnitOfWork, rows: Sequence[Mapping[str, Any]], before: Mapping[Named, AnyRow]) -> None:
    """Take leave of the entries of which these newer orders change the key; `before` are the placements as they stand,
    locked, with the body that they were shown with."""
    changed = [row for row in rows if _leaves_an_entry(before[row["record_id"], row["portal"]], row)]
    if not changed:
        return
    old = [before[row["record_id"], row["portal"]] for row in changed]
    lawful = await _wanted_by_others(work, old)
    left = [
        _former(work, row, was)
        for row, was in zip(changed, old, strict=True)
        if (was.portal, was.portal_key) not in lawful
    ]
    if not left:
        return
    bodies = {(was.record_id, was.portal): was.body for was in old}
    await work.connection.execute(placement.insert(), left)
    await work.connection.execute(
        content.insert(),
        [
            {
                "record_id": one["record_id"],
                "audience": one["audience"],
                "source_generation": one["source_generation"],
                "body": bodies[one["former_of"], one["portal"]],
            }
            for one in left
        ],
    )
    effect = effect_of(f"{one['former_of']} {one['portal']} {one['record_id']}" for one in left)
    owners = sorted({str(one["former_of"]) for one in left})
    work.audit(act_on(Action.ENTRIES_RETIRED, system("sync.order"), owners, effect, many="portals"))
    work.tell(
        *(
            PushOrdered(
                record_id=one["record_id"],
                generation=one["generation"],
                portal=Portal(one["portal"]),
                take_down=True,
            )
            for one in left
        )
    )


async def reclaim(work: UnitOfWork, rows: Sequence[Mapping[str, Any]]) -> None:
    """A key that is wanted again is no former one any more; its placement outbids the take-down of the former entry.

    The portal refuses an older generation under a key, so the placement goes on above it.
    """
    keys = {(str(row["portal"]), row["portal_key"]) for row in rows if row["portal_key"]}
    found = await _with_keys(work, keys)
    if not found:
        return
    ids = sorted({one.record_id for one in found})
    await work.connection.execute(delete(placement).where(placement.c.record_id.in_(ids)))
    await work.connection.execute(delete(content).where(content.c.record_id.in_(ids)))
    open_drift = drift.c.record_id.in_(ids), drift.c.mended_at.is_(None)
    await work.connection.execute(update(drift).where(*open_drift).values(mended_at=work.now, held=False))
    floors = floors_of(found)
    statement = (
        update(placement)
        .where(
            placement.c.record_id == bindparam("of_record"),
            placement.c.portal == bindparam("on_portal"),
            placement.c.generation < bindparam("floor"),
        )
        .values(generation=bindparam("floor"))
    )
    outbid = [
        {"of_record": row["record_id"], "on_portal": row["portal"], "floor": floors[row["portal"], row["portal_key"]]}
        for row in rows
        if (row["portal"], row["portal_key"]) in floors
    ]
    await work.connection.execute(statement, outbid)


def floors_of(former: Sequence[AnyRow]) -> dict[Named, int]:
    """The generation from which each key goes on: a key may have been left more than once, and all are outbid."""
    floors: dict[Named, int] = {}
    for one in former:
        key = (one.portal, one.portal_key)
        floors[key] = max(floors.get(key, 0), one.generation + 1)
    return floors


async def with_families(connection: AsyncConnection, portal: str, rows: Sequence[AnyRow]) -> set[str]:
    """These placements, the records that they belong to, and every former entry of those on the portal."""
    owners = {owner_of(row) for row in rows}
    ids = owners | {str(row.record_id) for row in rows}
    if owners:
        named = {"on_portal": portal, "owners": list(owners)}
        ids |= set((await connection.execute(_ENTRIES_OF, named)).scalars())
    return ids


_ENTRIES_OF = select(placement.c.record_id).where(
    placement.c.portal == bindparam("on_portal"),
    placement.c.former_of.is_not(None),
    placement.c.former_of.in_(bindparam("owners", expanding=True)),
)


async def owners_of(connection: AsyncConnection, record_ids: Collection[str]) -> dict[str, str]:
    """The record of each former entry among these."""
    if not record_ids:
        return {}
    rows = await connection.execute(_OWNERS, {"of_records": list(record_ids)})
    return {row.record_id: row.former_of for row in rows}


_OWNERS = select(placement.c.record_id, placement.c.former_of).where(
    placement.c.former_of.is_not(None), placement.c.record_id.in_(bindparam("of_records", expanding=True))
)


def owner_of(row: AnyRow) -> str:
    """The record that a placement belongs to."""
    return str(row.former_of or row.record_id)


def _leaves_an_entry(was: AnyRow, row: Mapping[str, Any]) -> bool:
    """Whether something was sent under another key. What was sent nowhere stands nowhere."""
    sent = was.generation > 1 or was.pushes > 0 or was.acknowledged_generation > 0
    return bool(sent and was.portal_key and row["portal_key"] and was.portal_key != row["portal_key"] and was.body)


async def _wanted_by_others(work: UnitOfWork, old: Sequence[AnyRow]) -> set[Named]:
    """Keys of these that another record lawfully has: its entry stays, and is looked at, as it may bear our content."""
    columns = placement.c
    others = (
        update(placement)
        .where(
            tuple_(columns.portal, columns.portal_key).in_([(one.portal, one.portal_key) for one in old]),
            columns.record_id.not_in([one.record_id for one in old]),
            ~columns.take_down,
        )
        .values(next_look_at=work.now, looks=0)
        .returning(columns.portal, columns.portal_key)
    )
    return {(row.portal, row.portal_key) for row in await work.connection.execute(others)}


async def _with_keys(work: UnitOfWork, keys: Collection[Named]) -> Sequence[AnyRow]:
    if not keys:
        return []
    columns = placement.c
    statement = (
        select(columns.record_id, columns.portal, columns.portal_key, columns.generation)
        .where(
            columns.former_of.is_not(None),
            columns.portal.in_({portal for portal, _ in keys}),
            columns.portal_key.in_({key for _, key in keys}),
        )
        .order_by(columns.record_id)
        .with_for_update()
    )
    return [row for row in await work.connection.execute(statement) if (row.portal, row.portal_key) in keys]


def _former(work: UnitOfWork, row: Mapping[str, Any], was: AnyRow) -> dict[str, Any]:
    """The old entry as a placement, due when the amendment is; the portal takes a generation above the last one."""
    return {
        **{name: row[name] for name in ("due_at", "due_deadline", "due_from", "due_provisional", "source_generation")},
        **{name: getattr(was, name) for name in _KEPT},
        "record_id": new_id(),
        "former_of": was.record_id,
        "generation": was.generation + 1,
        "take_down": True,
        "wanted_at": work.now,
        "next_push_at": work.now,
        **dict.fromkeys(("acknowledged_generation", "observed_generation", "pushes", "looks", "mends"), 0),
    }


_KEPT = (
    "portal", "audience", "portal_key", "closes_on", "district", "kind", "bucket", "entry_digest", "shown_digest",
)  # fmt: skip
