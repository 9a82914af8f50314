"""What an application still lacks: its needs against the papers that are there and the commitments that stand for some.

`complete_papers` names what is missing and not promised; while that is something, nobody accepts the application (A15).
"""

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from services.repair.commitments import store as promised
from services.repair.materials import store
from services.repair.materials.case import PaperCase, find_case
from services.repair.materials.domain.checklist import Need, Slot, open_needs
from services.repair.materials.domain.papers import PAPER_NAMES, PaperKind
from services.repair.materials.scanners import ScanState
from shared.database.connection import AsyncConnection
from shared.errors import PAPERS_MISSING, Problem


async def lacking(connection: AsyncConnection, case: PaperCase) -> tuple[Need, ...]:
    """Needs for which no paper is there. An infected file is none."""
    rows = await store.materials_of(connection, case.application_id)
    slots = [Slot(PaperKind(row.kind), row.record_id) for row in rows if row.scan != ScanState.INFECTED]
    return open_needs(case.needs, slots)


async def complete_papers(connection: AsyncConnection, case: PaperCase) -> tuple[Need, ...]:
    """What is neither there nor promised in writing; empty when the papers are complete."""
    missing = await lacking(connection, case)
    return not_promised(missing, await promised.standing_kinds(connection, case.application_id))


async def must_be_complete(
    connection: AsyncConnection, application_id: str, what: str, record_ids: Collection[str] | None = None
) -> None:
    """Raises the problem that names every paper without which an application is not accepted, or records of it not
    approved: one may have been found infected since, a commitment broken."""
    case = await find_case(connection, application_id)
    if record_ids is not None:
        case = replace(case, records={one: case.records[one] for one in record_ids})
    if missing := await complete_papers(connection, case):
        names = "、".join(dict.fromkeys(PAPER_NAMES[need.any_of[0].kind] for need in missing))
        rule = case.generation
        detail = f"The application cannot be {what} yet; missing and not promised: {names}."
        papers = [described(need) for need in missing]
        raise Problem(PAPERS_MISSING, detail, papers=papers, article=f"{rule.document} {rule.article}")


def not_promised(needs: Collection[Need], kinds: Collection[str]) -> tuple[Need, ...]:
    """Needs that no open commitment stands for."""
    return tuple(need for need in needs if not any(slot.kind in kinds for slot in need.any_of))


def described(need: Need) -> dict[str, Any]:
    """A need as a problem names it."""
    return {
        "any_of": [slot.kind.value for slot in need.any_of],
        "names": [PAPER_NAMES[slot.kind] for slot in need.any_of],
        "record_id": need.any_of[0].record_id,
        "curable": need.curable,
    }
