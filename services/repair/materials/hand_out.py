"""Hand a paper out to somebody who may see it (调阅): never one that is infected or that the scanner has not seen.

Who was handed one is kept in the audit log (调阅留痕).
"""

from services.repair.materials.cabinet import Cabinet
from services.repair.materials.hand_in import own_material
from services.repair.materials.scanners import ScanState
from shared.database.types import AnyRow
from shared.errors import FILE_INFECTED, FILE_UNSCANNED, Problem
from shared.evidence.actions import Action
from shared.evidence.entry import Act
from shared.messaging.unit_of_work import UnitOfWork
from shared.sealing import SealBroken
from shared.web.caller import Caller

_RETRY_SECONDS = 30


async def hand_out(work: UnitOfWork, material_id: str, caller: Caller, *, is_scanned: bool) -> AnyRow:
    """The paper, noted as seen by the caller. `is_scanned`: a scanner is configured."""
    row = await own_material(work, material_id, caller)
    check_scan(row, is_scanned=is_scanned)
    told = {"material_id": material_id, "sha256": row.sha256}
    work.audit(Act(Action.MATERIAL_OPENED, caller.client_id, row.application_id, row.record_id, payload=told))
    return row


def check_scan(row: AnyRow, *, is_scanned: bool) -> None:
    """Raise unless the paper may leave."""
    if row.scan == ScanState.INFECTED:
        raise Problem(
            FILE_INFECTED, "The scanner found malware in this paper; nobody may fetch it.", finding=row.finding
        )
    if row.scan == ScanState.UNSCANNED and is_scanned:
        raise Problem(FILE_UNSCANNED, "The paper waits for the scanner.", retry_after_seconds=_RETRY_SECONDS)


def check_whole(cabinet: Cabinet, sha256: str) -> None:
    """Before the first byte leaves: half of a damaged paper would look like a whole one."""
    try:
        if cabinet.is_whole(sha256):
            return
    except (OSError, SealBroken) as error:
        raise RuntimeError(f"the file {sha256} of a paper cannot be read") from error
    raise RuntimeError(f"the file {sha256} of a paper is not what its name says")
