"""`/v1/records/{id}/originals`: the texts of a record as they were sent, for who may correct them. A look is kept."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel

from services.ingest import store
from services.ingest.api.desk import Desk
from services.ingest.originals.keep import open_original, read_originals
from shared.errors import NOT_FOUND, Problem
from shared.evidence.actions import Action
from shared.evidence.entry import Act
from shared.messaging.unit_of_work import unit_of_work
from shared.web.auth import requires
from shared.web.caller import Caller
from shared.web.identifier import identifier
from shared.web.scopes import Scope

router = APIRouter(prefix="/v1/records", tags=["records"])


class OriginalView(BaseModel):
    """The columns that were corrected by themselves (V15), with their texts as the row of this batch brought them."""

    batch_id: str
    row: int
    client: str
    received_at: datetime
    cells: dict[str, str]


class OriginalsView(BaseModel):
    """Every writing in which the record came and that is not its own, the newest first, at most 100."""

    record_id: str
    originals: list[OriginalView]


@router.get("/{record_id}/originals", summary="The texts of a record as they were sent")
async def get_originals(
    record_id: str, caller: Annotated[Caller, requires(Scope.INGEST_CORRECT)], desk: Desk
) -> OriginalsView:
    """Only records of the caller's authorities. The texts may hold names; that they were opened is kept."""
    found = await desk.database.find(store.RECORD, record_id=identifier(record_id))
    if found is None or not caller.may_write_for(found["authority_code"]):
        raise Problem(NOT_FOUND, f"There is no record {record_id} of an authority of this caller.")
    async with unit_of_work(desk.database, desk.clock) as work:
        rows = await read_originals(work.connection, record_id)
        if rows:
            work.audit(Act(Action.ORIGINAL_OPENED, caller.client_id, record_id, record_id))
    return OriginalsView(
        record_id=record_id,
        originals=[
            OriginalView(
                batch_id=row.batch_id,
                row=row.row,
                client=row.client,
                received_at=row.received_at,
                cells=open_original(row, desk.sealer),
            )
            for row in rows
        ],
    )
