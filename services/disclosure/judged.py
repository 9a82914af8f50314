"""What is stored of a judged publication: how it stands, and how it shall stand.

One statement for all records of a slice; used by `judge` alone. Keeps every window with its provenance, so that it can
be computed again. Serves G03.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from sqlalchemy import delete, insert, select, tuple_

from services.disclosure import register
from services.disclosure.domain.display import PublicationState, is_masked
from services.disclosure.domain.foresee import Foreseen
from services.disclosure.domain.settle import Settled, basis_of, settled_from
from services.disclosure.tables import (
    disclosed_record,
    explained_publication,
    foreseen_end,
    foresees,
    publication,
    publication_provenance,
)
from shared.calendars.dues import Due
from shared.contracts.records import Record
from shared.database.upsert import upsert
from shared.messaging.unit_of_work import UnitOfWork
from shared.policy import as_json
from shared.vocabulary import Audience, TakeDownReason

_JSON = json.JSONEncoder(ensure_ascii=False)


@dataclass(frozen=True)
class StoredPublication:
    """One audience of one record as it stands."""

    generation: int
    state: PublicationState
    reason: TakeDownReason | None
    settled: Settled
    foreseen: Foreseen | None = None

    @property
    def was_shown(self) -> bool:
        """Whether the public saw it at some time: only what goes online or offline counts generations."""
        return self.state is PublicationState.ONLINE or self.generation > 1


@dataclass(frozen=True)
class PublicationChange:
    """One audience of one record as it shall stand. `left_on` is the day on which its display ended, if it did."""

    record_id: str
    generation: int
    state: PublicationState
    settled: Settled
    reason: TakeDownReason | None
    due: Due | None
    left_on: date
    foreseen: Foreseen | None = None
    was_foreseen: bool = False


async def find_publications(work: UnitOfWork, record_ids: Sequence[str]) -> dict[tuple[str, str], StoredPublication]:
    """Locked, so that a window does not end between this look and the next order."""
    columns = publication.c
    statement = (
        explained_publication.add_columns(foreseen_end.c.ends_on, foreseen_end.c.unless_confirmed)
        .outerjoin(foreseen_end, foresees)
        .where(columns.record_id.in_(record_ids))
        .order_by(columns.record_id, columns.audience)
        .with_for_update(of=publication)
    )
    return {
        (row.record_id, row.audience): StoredPublication(
            row.generation,
            PublicationState(row.state),
            TakeDownReason(row.reason) if row.reason else None,
            settled_from(json.loads(row.provenance), json.loads(row.basis) if row.basis else None),
            None if row.ends_on is None else Foreseen(row.ends_on, row.unless_confirmed),
        )
        for row in await work.connection.execute(statement)
    }


async def find_contents(work: UnitOfWork, record_ids: Sequence[str]) -> dict[str, Record]:
    columns = disclosed_record.c
    statement = select(columns.record_id, columns.body).where(columns.record_id.in_(record_ids))
    return {row.record_id: Record.model_validate_json(row.body) for row in await work.connection.execute(statement)}


async def store_publications(work: UnitOfWork, changes: Sequence[PublicationChange]) -> None:
    if not changes:
        return
    ordered = sorted(changes, key=lambda change: (change.record_id, change.settled.window.audience))
    for table, row_of in ((publication, _row), (publication_provenance, _provenance_row)):
        statement = upsert(work.dialect, table, keys=("record_id", "audience"))
        await work.connection.execute(statement, [row_of(work, change) for change in ordered])
    await _store_foreseen(work, ordered)
    own = {one.record_id: one.left_on for one in ordered if one.settled.window.audience is Audience.OWN_COLUMN}
    await register.keep(work, own)


async def _store_foreseen(work: UnitOfWork, changes: Sequence[PublicationChange]) -> None:
    """What is foreseen now in place of what was: hardly ever anything, as versions of the law are years apart."""
    concerned = [change for change in changes if change.foreseen or change.was_foreseen]
    if not concerned:
        return
    keys = [(change.record_id, change.settled.window.audience) for change in concerned]
    stored = tuple_(foreseen_end.c.record_id, foreseen_end.c.audience)
    await work.connection.execute(delete(foreseen_end).where(stored.in_(keys)))
    rows = [
        {"record_id": record_id, "audience": audience, **asdict(change.foreseen)}
        for (record_id, audience), change in zip(keys, concerned, strict=True)
        if change.foreseen is not None
    ]
    if rows:
        await work.connection.execute(insert(foreseen_end), rows)


def _row(work: UnitOfWork, change: PublicationChange) -> dict[str, Any]:
    window, due = change.settled.window, change.due
    return {
        "record_id": change.record_id,
        "audience": window.audience,
        "generation": change.generation,
        "state": change.state,
        "severity": window.severity,
        "needs_confirmation": window.needs_confirmation,
        "opens_on": window.opens_on,
        "closes_on": window.closes_on,
        "offline_on": window.offline_on,
        "repair_from_on": window.repair_from_on,
        "rule_id": window.provenance.rule_id,
        "due_at": due.at if due else None,
        "due_deadline": due.deadline if due else None,
        "due_from": due.counted_from if due else None,
        "due_provisional": due.provisional if due else False,
        "reason": change.reason,
        "changed_at": work.now,
        "masked": is_masked(window),
    }


def _provenance_row(_work: UnitOfWork, change: PublicationChange) -> dict[str, Any]:
    window, basis = change.settled.window, basis_of(change.settled)
    return {
        "record_id": change.record_id,
        "audience": window.audience,
        "provenance": _JSON.encode(as_json(window)),
        "basis": _JSON.encode(basis) if basis else None,
    }
