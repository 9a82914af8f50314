"""A link to a paper and the paper behind it: always as a file to be saved, never shown by a browser in our name."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from services.repair.api.desk import Desk
from services.repair.materials import store
from services.repair.materials.api.desk import Papers, Reader
from services.repair.materials.cabinet import Cabinet
from services.repair.materials.hand_out import check_scan, check_whole, hand_out
from shared.errors import NOT_FOUND, Problem
from shared.messaging.unit_of_work import UnitOfWork, unit_of_work
from shared.web.auth import PUBLIC
from shared.web.idempotency import Reply, changing_call, once, reply
from shared.web.identifier import identifier

router = APIRouter(prefix="/v1/repair-materials", tags=["materials"])

_PIECE_BYTES = 64 * 1024
_POLICY = "sandbox; default-src 'none'; frame-ancestors 'none'"


class LinkView(BaseModel):
    """Where the paper can be fetched, and until when."""

    address: str
    until: datetime


@router.post("/{material_id}/links", status_code=201, response_model=LinkView, summary="A link to a paper")
async def post_link(material_id: str, request: Request, caller: Reader, desk: Desk, papers: Papers) -> Response:
    """Good for one file and a few minutes. Who was given one is kept in the audit log (调阅留痕)."""
    call = await changing_call(request, caller)

    async def produce(work: UnitOfWork) -> Reply:
        await hand_out(work, identifier(material_id), caller, is_scanned=papers.is_scanned)
        address, until = papers.links.make(material_id)
        return reply(201, LinkView(address=address, until=until))

    async with unit_of_work(desk.database, desk.clock) as work:
        return await once(work, call, lambda: produce(work))


@router.get(
    "/{material_id}/content",
    dependencies=[PUBLIC],
    summary="The paper behind a link",
    response_class=StreamingResponse,
    responses={200: {"content": {"application/octet-stream": {}}}},
)
async def get_content(
    material_id: str,
    desk: Desk,
    papers: Papers,
    until: Annotated[int, Query(ge=0, le=2**40)],
    signature: Annotated[str, Query(max_length=64)],
) -> Response:
    """Needs no token but a link that was given out and is not over."""
    papers.links.check(identifier(material_id), until, signature)
    async with desk.database.reading() as connection:
        row = await store.find_material(connection, material_id)
    if row is None:
        raise Problem(NOT_FOUND, "The paper was taken back.")
    check_scan(row, is_scanned=papers.is_scanned)
    await asyncio.to_thread(check_whole, papers.cabinet, row.sha256)
    headers = {
        "Content-Disposition": f'attachment; filename="{material_id}.{row.format}"',
        "Content-Length": str(row.size_bytes),
        "Content-Security-Policy": _POLICY,
        "Cross-Origin-Resource-Policy": "same-origin",
        "X-Scan-State": row.scan,
    }
    return StreamingResponse(
        _pieces(papers.cabinet, row.sha256), headers=headers, media_type="application/octet-stream"
    )


async def _pieces(cabinet: Cabinet, sha256: str) -> AsyncIterator[bytes]:
    file = await asyncio.to_thread(cabinet.open, sha256)
    try:
        while piece := await asyncio.to_thread(file.read, _PIECE_BYTES):
            yield piece
    finally:
        file.close()
