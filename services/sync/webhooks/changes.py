"""Note what changed, in the transaction that changes it. The numbers come later, in the order of the commits (G13)."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import case, insert, literal, null, select

from services.sync import wake
from services.sync.former_entries import owners_of
from services.sync.tables import placement
from services.sync.webhooks.domain.changes import ChangeType
from services.sync.webhooks.tables import change
from shared.database.among import among
from shared.database.types import AnyRow
from shared.messaging.unit_of_work import UnitOfWork

_COLUMNS = ("type", "record_id", "portal", "generation", "detail", "at")


async def orders_given(work: UnitOfWork, record_ids: Collection[str], portals: Collection[str]) -> None:
    """What shall be shown changed, in this transaction, for some of these placements; one statement."""
    if not record_ids:
        return
    columns = placement.c
    kind = case((columns.take_down, ChangeType.HIDE_ORDERED.value), else_=ChangeType.SHOW_ORDERED.value)
    changed = (
        select(kind, columns.record_id, columns.portal, columns.generation, null(), literal(work.now, change.c.at.type))
        .where(
            among(work.dialect, columns.record_id, record_ids),
            columns.portal.in_(sorted(portals)),
            columns.wanted_at == work.now,
        )
        .order_by(columns.record_id, columns.portal)
    )
    await work.connection.execute(insert(change).from_select(_COLUMNS, changed))
    work.wake(wake.CHANGES, everywhere=True)


async def seen_as_wanted(work: UnitOfWork, portal: str, placements: Sequence[AnyRow]) -> None:
    """These placements were seen to be as they shall be, for the first time since their order."""
    await _note(
        work,
        [
            {
                "type": ChangeType.ABSENCE_OBSERVED if one.take_down else ChangeType.PRESENCE_OBSERVED,
                "record_id": one.record_id,
                "portal": portal,
                "generation": one.generation,
                "detail": None,
            }
            for one in placements
        ],
    )


async def drifts_found(work: UnitOfWork, portal: str, drifts: Sequence[tuple[str | None, str]]) -> None:
    """Confirmed differences as (record, kind of drift). One that is about no record of ours concerns no subscriber."""
    await _drifts(work, ChangeType.DRIFT_FOUND, portal, drifts)


async def drifts_mended(work: UnitOfWork, portal: str, drifts: Sequence[tuple[str | None, str]]) -> None:
    """Differences that are gone again."""
    await _drifts(work, ChangeType.DRIFT_MENDED, portal, drifts)


async def _drifts(work: UnitOfWork, kind: ChangeType, portal: str, drifts: Sequence[tuple[str | None, str]]) -> None:
    owners = await owners_of(work.connection, {record_id for record_id, _ in drifts if record_id is not None})
    about = {"type": kind, "portal": portal, "generation": 0}
    rows = [
        {**about, "record_id": owners.get(record_id, record_id), "detail": drift}
        for record_id, drift in drifts
        if record_id is not None
    ]
    await _note(work, rows)


async def _note(work: UnitOfWork, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        await work.connection.execute(insert(change), [row | {"at": work.now} for row in rows])
        work.wake(wake.CHANGES, everywhere=True)
