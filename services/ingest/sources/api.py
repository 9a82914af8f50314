"""`/v1/source-map`: which system is authoritative for which kind of record (数据来源清单, B03)."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, TypeAdapter

from services.ingest.api.desk import Desk
from services.ingest.sources import store
from services.ingest.sources.body import SourceEntryBody
from services.ingest.sources.set_systems import set_systems
from shared.messaging.unit_of_work import UnitOfWork, unit_of_work
from shared.vocabulary import RecordKind
from shared.web.auth import requires
from shared.web.body import JSON, accepts, documented, parsed
from shared.web.caller import Caller
from shared.web.idempotency import Reply, changing_call, once, reply
from shared.web.scopes import Scope

router = APIRouter(prefix="/v1/source-map", tags=["source map"])


class SourceEntry(BaseModel):
    """One system that is authoritative, with who set it and why."""

    kind: RecordKind
    authority_code: str | None
    client: str
    others: str
    reason: str
    set_by: str
    set_at: datetime


class SourceEntries(BaseModel):
    """The whole map. Where it has no entry, any system may send."""

    items: list[SourceEntry]


_BODY = TypeAdapter(SourceEntryBody)


@router.get("", summary="The source map")
async def get_source_map(_caller: Annotated[Caller, requires(Scope.INGEST_READ)], desk: Desk) -> SourceEntries:
    """By kind, authority and system."""
    async with desk.database.reading() as connection:
        rows = await store.read_entries(connection)
    columns = ("kind", "client", "others", "reason", "set_by", "set_at")
    return SourceEntries(
        items=[
            SourceEntry(authority_code=row.authority_code or None, **{name: getattr(row, name) for name in columns})
            for row in rows
        ]
    )


@router.put(
    "",
    response_model=SourceEntryBody,
    summary="Set the systems of one kind and authority",
    openapi_extra=documented(_BODY, JSON),
)
async def put_source_entry(
    request: Request,
    caller: Annotated[Caller, requires(Scope.INGEST_SOURCES)],
    desk: Desk,
    _media_type: Annotated[str, accepts(JSON)],
) -> Response:
    """Counts from the next batch. Rows that wait because of it can be judged again by a bulk release."""
    body = await parsed(request, _BODY)
    call = await changing_call(request, caller)

    async def produce(work: UnitOfWork) -> Reply:
        await set_systems(work, body.systems(), caller.client_id, body.reason)
        return reply(200, body)

    async with unit_of_work(desk.database, desk.clock) as work:
        return await once(work, call, lambda: produce(work))
