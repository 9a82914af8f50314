"""`/v1/imports`: announce a file, send its bytes in as many requests as it takes, give an upload up."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Request, Response
from pydantic import TypeAdapter

from services.ingest.api.desk import authorities_of
from services.ingest.imports import store
from services.ingest.imports.api.desk import Uploads
from services.ingest.imports.states import Origin
from services.ingest.imports.upload import own
from services.ingest.imports.views import ImportRequest, ImportView, view
from shared.errors import CONFLICT, Problem
from shared.ids import new_id
from shared.messaging.unit_of_work import UnitOfWork, unit_of_work
from shared.web.auth import requires
from shared.web.body import JSON, accepts, documented, parsed
from shared.web.caller import Caller
from shared.web.idempotency import Reply, changing_call, once, reply
from shared.web.identifier import identifier
from shared.web.scopes import Scope

router = APIRouter(prefix="/v1/imports", tags=["imports"])

OCTETS = "application/offset+octet-stream"
_REQUEST = TypeAdapter(ImportRequest)
_CONTENT: dict[str, Any] = {
    "requestBody": {"required": True, "content": {OCTETS: {"schema": {"type": "string", "format": "binary"}}}}
}
Writer = Annotated[Caller, requires(Scope.INGEST_WRITE)]


@router.post(
    "",
    status_code=201,
    response_model=ImportView,
    summary="Announce a file",
    openapi_extra=documented(_REQUEST, JSON),
)
async def post_import(
    request: Request, caller: Writer, uploads: Uploads, _media_type: Annotated[str, accepts(JSON)]
) -> Response:
    """The answer names the address for the bytes. The file's rows may be of the authorities in this token."""
    wanted = await parsed(request, _REQUEST)
    await uploads.check_room(wanted.size)
    call = await changing_call(request, caller)
    new = store.NewImport(
        new_id(),
        caller.client_id,
        authorities_of(caller),
        Origin.UPLOAD,
        wanted.name,
        wanted.kind,
        wanted.size,
        wanted.sha256,
    )

    async def produce(work: UnitOfWork) -> Reply:
        return reply(201, view(await uploads.begin(work, new), uploads.largest_chunk))

    async with unit_of_work(uploads.database, uploads.clock) as work:
        return await once(work, call, lambda: produce(work))


@router.patch(
    "/{import_id}/content", response_model=ImportView, summary="Send bytes of the file", openapi_extra=_CONTENT
)
async def patch_content(
    import_id: str,
    request: Request,
    caller: Writer,
    uploads: Uploads,
    _media_type: Annotated[str, accepts(OCTETS)],
    offset: Annotated[int, Header(alias="Upload-Offset", ge=0, description="Where the body begins in the file.")],
) -> ImportView:
    """Repeating a request is harmless: the offset says what is stored already. The last byte hands the file over."""
    await uploads.receive(identifier(import_id), caller.client_id, offset, request.stream())
    async with uploads.database.reading() as connection:
        return view(await own(connection, import_id, caller.client_id), uploads.largest_chunk)


@router.delete("/{import_id}", response_model=ImportView, summary="Give an upload up")
async def delete_import(import_id: str, request: Request, caller: Writer, uploads: Uploads) -> Response:
    """Only before the last byte: what is complete is read, and its rows stay."""
    call = await changing_call(request, caller)

    async def produce(work: UnitOfWork) -> Reply:
        row = await own(work.connection, identifier(import_id), caller.client_id)
        if not await store.cancel(work, import_id):
            raise Problem(CONFLICT, f"The import cannot be cancelled: it is {row.state}.", state=row.state)
        return reply(200, view(await own(work.connection, import_id, caller.client_id), uploads.largest_chunk))

    async with unit_of_work(uploads.database, uploads.clock) as work:
        return await once(work, call, lambda: produce(work))
