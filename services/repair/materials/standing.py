"""How complete the papers of many applications are: three queries whatever their number."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from services.repair.applications.tables import application_record
from services.repair.commitments.domain.standing import CommitmentState
from services.repair.commitments.tables import commitment
from services.repair.eligibility.domain.verdict import worst
from services.repair.materials.book import papers
from services.repair.materials.checklist import not_promised
from services.repair.materials.domain.checklist import Slot, needs_of, open_needs
from services.repair.materials.domain.papers import PaperKind
from services.repair.materials.scanners import ScanState
from services.repair.materials.tables import material, material_file
from services.repair.tables import shown_record
from shared.database.connection import AsyncConnection
from shared.database.types import AnyRow
from shared.vocabulary import Severity


@dataclass(frozen=True)
class PapersOf:
    """The checklist of one application: how many papers it needs, and which kinds are missing without a promise."""

    needed: int
    there: int
    promised: int
    missing: tuple[PaperKind, ...]


async def papers_of(connection: AsyncConnection, rows: Sequence[AnyRow]) -> dict[str, PapersOf]:
    """`rows` are applications; the day of filing says which checklist counts (R02)."""
    ids = [row.application_id for row in rows]
    records = await _records(connection, ids)
    slots = await _slots(connection, ids)
    promises = await _promises(connection, ids)
    return {one.application_id: _standing(one, records, slots, promises) for one in rows}


def _standing(row: AnyRow, records: Any, slots: Any, promises: Any) -> PapersOf:
    application_id = row.application_id
    needs = needs_of(papers().on(row.filed_on), records[application_id])
    lacking = open_needs(needs, slots[application_id])
    missing = not_promised(lacking, promises[application_id])
    return PapersOf(
        needed=len(needs),
        there=len(needs) - len(lacking),
        promised=len(lacking) - len(missing),
        missing=tuple(need.any_of[0].kind for need in missing),
    )


async def _records(connection: AsyncConnection, ids: Sequence[str]) -> dict[str, dict[str, Severity | None]]:
    """The records of each application with their gravest class."""
    columns = application_record.c
    joined = application_record.outerjoin(shown_record, shown_record.c.record_id == columns.record_id)
    statement = select(columns.application_id, columns.record_id, shown_record.c.severity).select_from(joined)
    ordered = statement.where(columns.application_id.in_(ids)).order_by(columns.record_id)
    found: dict[str, dict[str, list[Severity | None]]] = defaultdict(lambda: defaultdict(list))
    for row in await connection.execute(ordered):
        found[row.application_id][row.record_id].append(Severity(row.severity) if row.severity else None)
    return defaultdict(dict, {key: {one: worst(of) for one, of in value.items()} for key, value in found.items()})


async def _slots(connection: AsyncConnection, ids: Sequence[str]) -> dict[str, list[Slot]]:
    """The papers that are there. An infected file is none."""
    joined = material.join(material_file, material_file.c.sha256 == material.c.sha256)
    statement = select(material.c.application_id, material.c.kind, material.c.record_id).select_from(joined)
    present = (material.c.removed_at.is_(None), material_file.c.scan != ScanState.INFECTED)
    found: dict[str, list[Slot]] = defaultdict(list)
    for row in await connection.execute(statement.where(material.c.application_id.in_(ids), *present)):
        found[row.application_id].append(Slot(PaperKind(row.kind), row.record_id))
    return found


async def _promises(connection: AsyncConnection, ids: Sequence[str]) -> dict[str, set[str]]:
    columns = commitment.c
    statement = select(columns.application_id, columns.kind)
    open_ones = statement.where(columns.application_id.in_(ids), columns.state == CommitmentState.OPEN)
    found: dict[str, set[str]] = defaultdict(set)
    for row in await connection.execute(open_ones):
        found[row.application_id].add(row.kind)
    return found
