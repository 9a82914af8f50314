"""Note to whom a record was told (信息共享), or which joint sanction stands on it (联合惩戒)."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import select

from services.repair.applications.domain.case import RecordOutcome
from services.repair.applications.tables import application_record
from services.repair.measures.tables import measure
from services.repair.store import lock_shown
from shared.errors import CONFLICT, NOT_FOUND, Problem
from shared.evidence.actions import Action
from shared.evidence.entry import Act
from shared.identifiers import mask_free_text
from shared.ids import new_id
from shared.messaging.unit_of_work import UnitOfWork
from shared.web.caller import Caller


class MeasureKind(StrEnum):
    """What stands on a record."""

    SHARING = "sharing"  # 信息共享
    SANCTION = "sanction"  # 联合惩戒


@dataclass(frozen=True)
class NewMeasure:
    """What is to be noted. `party` is a body, never a person."""

    record_id: str
    kind: MeasureKind
    party: str
    what: str
    began_on: date


async def note_measure(work: UnitOfWork, new: NewMeasure, caller: Caller) -> str:
    """The measure's id, or a `Problem` for a record that repair does not know, that is another authority's or that is
    over. The lock makes a take-down that is just being told of wait, so that it ends what is noted here."""
    rows = await lock_shown(work, [new.record_id])
    authority_code = next((row.authority_code for row in rows if row.authority_code), None)
    if authority_code is None:
        raise Problem(NOT_FOUND, f"Repair knows no shown record {new.record_id}.")
    caller.must_write_for(authority_code)
    if not any(row.online for row in rows) or await _is_repaired(work, new.record_id):
        detail = "The record is shown to nobody any more, or its repair was approved; nothing may stand on it."
        raise Problem(CONFLICT, detail, record_id=new.record_id)
    measure_id = new_id()
    row = {
        "measure_id": measure_id,
        "record_id": new.record_id,
        "kind": new.kind,
        "party": mask_free_text(new.party),
        "what": mask_free_text(new.what),
        "authority_code": authority_code,
        "began_on": new.began_on,
        "noted_by": caller.client_id,
        "noted_at": work.now,
    }
    await work.connection.execute(measure.insert(), row)
    work.audit(Act(Action.MEASURE_NOTED, caller.client_id, measure_id, new.record_id, payload={"kind": new.kind}))
    return measure_id


async def _is_repaired(work: UnitOfWork, record_id: str) -> bool:
    columns = application_record.c
    approved = (columns.record_id == record_id) & (columns.outcome == RecordOutcome.APPROVED)
    return await work.connection.scalar(select(columns.record_id).where(approved).limit(1)) is not None
