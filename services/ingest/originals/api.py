"""`/v1/records/{id}/originals`: the texts of a record as they were sent, masked; unmasked by an act with a reason.

Unmasked they are for a scope of their own. Such an answer is not kept for repetitions, as it holds personal data:
each call is a look of its own, and changes nothing but the audit log.
"""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from services.ingest import store
from services.ingest.api.desk import Desk, IngestDesk
from services.ingest.metrics import ORIGINALS_UNMASKED
from services.ingest.originals.look import Looker, look_at_originals
from shared.errors import NOT_FOUND, Problem
from shared.messaging.unit_of_work import unit_of_work
from shared.web.auth import requires
from shared.web.body import JSON, accepts, documented, parsed
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
    masked: bool
    originals: list[OriginalView]


class UnmaskedBody(BaseModel):
    """Why the texts are needed as they are; it is kept beside who looked."""

    model_config = ConfigDict(extra="forbid")
    reason: Annotated[str, Field(min_length=1, max_length=2000, pattern=r"^[^\x00]*[^\s\x00][^\x00]*$")]


_UNMASKED = TypeAdapter(UnmaskedBody)
_BODY = documented(_UNMASKED, JSON)


@router.get("/{record_id}/originals", summary="The texts of a record as they were sent, masked")
async def get_originals(
    record_id: str, caller: Annotated[Caller, requires(Scope.INGEST_CORRECT)], desk: Desk
) -> OriginalsView:
    """Only records of the caller's authorities. Persons are masked; that they were opened is kept."""
    return await _look(record_id, caller, desk, None)


@router.post(
    "/{record_id}/originals/unmasked",
    summary="The same as they were sent, for a reason",
    openapi_extra={"requestBody": _BODY["requestBody"]},
)
async def post_unmasked(
    record_id: str,
    request: Request,
    caller: Annotated[Caller, requires(Scope.INGEST_ORIGINALS)],
    desk: Desk,
    _media_type: Annotated[str, accepts(JSON)],
) -> OriginalsView:
    """Only records of the caller's authorities. Who looked, when and why is kept in the audit log (调阅留痕)."""
    body = await parsed(request, _UNMASKED)
    return await _look(record_id, caller, desk, body.reason)


async def _look(record_id: str, caller: Caller, desk: IngestDesk, reason: str | None) -> OriginalsView:
    record = await desk.database.find(store.RECORD, record_id=identifier(record_id))
    if record is None or not caller.may_write_for(record["authority_code"]):
        raise Problem(NOT_FOUND, f"There is no record {record_id} of an authority of this caller.")
    async with unit_of_work(desk.database, desk.clock) as work:
        found = await look_at_originals(work, record, Looker(caller.client_id, reason), desk.sealer)
    if reason is not None and found:
        ORIGINALS_UNMASKED.inc()
    shown = [
        OriginalView(
            batch_id=one.batch_id,
            row=one.row,
            client=one.client,
            received_at=one.received_at,
            cells=dict(one.cells),
        )
        for one in found
    ]
    return OriginalsView(record_id=record_id, masked=reason is None, originals=shown)
