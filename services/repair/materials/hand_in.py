"""Hands a received paper in for an application (提交材料), or takes one back; keeps who did it, and when.

A paper that a commitment stood for ends that commitment. Nothing is handed in for what is decided, unless promised.
"""

from dataclasses import dataclass
from typing import Any

from services.repair.applications.domain.case import ApplicationState
from services.repair.commitments import store as promised
from services.repair.materials import store
from services.repair.materials.case import PaperCase, is_own, lock_case
from services.repair.materials.checklist import lacking
from services.repair.materials.domain.papers import PAPER_NAMES, PaperKind
from services.repair.materials.receive import Received
from services.repair.materials.scanners import ScanState
from shared.clock import wall_time
from shared.database.types import AnyRow
from shared.errors import CONFLICT, FILE_INFECTED, NOT_FOUND, Problem
from shared.evidence.actions import Action
from shared.evidence.entry import Act
from shared.ids import new_id
from shared.messaging.unit_of_work import UnitOfWork
from shared.web.caller import Caller


@dataclass(frozen=True)
class Paper:
    """Which paper the sender says it is, for which application and, if it serves one alone, for which record."""

    application_id: str
    kind: PaperKind
    record_id: str | None = None


async def check_welcome(work: UnitOfWork, paper: Paper, caller: Caller, most: int) -> PaperCase:
    """The case, locked, if it takes this paper now; asked before the bytes are read, and again when they are there."""
    case = await lock_case(work.connection, paper.application_id, caller)
    if paper.record_id is not None and paper.record_id not in case.records:
        raise Problem(CONFLICT, "The application is not for this record.", record_id=paper.record_id)
    if not case.is_undecided and not await promised.is_open(work.connection, paper.application_id, paper.kind):
        detail = f"The application takes no papers any more: it is {case.state}."
        raise Problem(CONFLICT, detail, state=case.state)
    if len(await store.materials_of(work.connection, paper.application_id)) >= most:
        raise Problem(CONFLICT, f"The application has {most} papers already; take one back first.", limit=most)
    return case


async def hand_in(work: UnitOfWork, paper: Paper, received: Received, caller: Caller, most: int) -> str:
    """The new paper's identifier."""
    case = await check_welcome(work, paper, caller, most)
    await _check_content(work, paper, received)
    material_id = new_id()
    row = {
        "material_id": material_id,
        "application_id": paper.application_id,
        "record_id": paper.record_id,
        "kind": paper.kind,
        "sha256": received.sha256,
        "uploaded_by": caller.client_id,
        "uploaded_at": work.now,
    }
    file = {"sha256": received.sha256, "size_bytes": received.size, "format": received.format}
    await store.insert_material(work, row, {**file, "stored_at": wall_time()})
    await promised.keep(work, paper.application_id, await _still_lacking(work, case))
    told = {"material_id": material_id, "kind": paper.kind.value, "sha256": received.sha256}
    work.audit(Act(Action.MATERIAL_HANDED_IN, caller.client_id, paper.application_id, paper.record_id, payload=told))
    return material_id


async def take_back(work: UnitOfWork, material_id: str, caller: Caller, reason: str) -> AnyRow:
    """Remove a paper before the acceptance, or while a supplement is awaited; a commitment that it had kept stands
    again, with its old day. Its file goes with the next tidying, the entry in the log stays."""
    row = await own_material(work, material_id, caller)
    case = await lock_case(work.connection, row.application_id, caller)
    if case.state not in (ApplicationState.SUBMITTED, ApplicationState.SUPPLEMENTING):
        raise Problem(CONFLICT, f"The application is {case.state}; its papers stay.", state=case.state)
    await store.remove_material(work, material_id, caller.client_id, reason)
    await promised.reopen(work, row.application_id, await _still_lacking(work, case))
    told = {"material_id": material_id, "kind": row.kind, "sha256": row.sha256}
    work.audit(
        Act(Action.MATERIAL_TAKEN_BACK, caller.client_id, row.application_id, row.record_id, reason, payload=told)
    )
    return row


async def own_material(work: UnitOfWork, material_id: str, caller: Caller) -> AnyRow:
    """A paper of an application that this caller may see, or the problem that there is none."""
    row = await store.find_material(work.connection, material_id)
    if row is None or not is_own(row, caller):
        raise Problem(NOT_FOUND, f"There is no paper {material_id} of this client.")
    return row


async def _check_content(work: UnitOfWork, paper: Paper, received: Received) -> None:
    """The same content twice for the same purpose is a slip; one that is known to be infected is not taken again."""
    known = await store.find_file(work.connection, received.sha256)
    if known is not None and known.scan == ScanState.INFECTED:
        raise Problem(FILE_INFECTED, "The scanner found malware in this content before.", finding=known.finding)
    for row in await store.materials_of(work.connection, paper.application_id):
        if (row.sha256, row.kind, row.record_id) == (received.sha256, paper.kind, paper.record_id):
            name = PAPER_NAMES[paper.kind]
            raise Problem(CONFLICT, f"This very file was handed in as {name} before.", material_id=row.material_id)


async def _still_lacking(work: UnitOfWork, case: PaperCase) -> set[Any]:
    """Kinds of paper of which at least one is asked for and not there."""
    return {slot.kind for need in await lacking(work.connection, case) for slot in need.any_of}
