"""`/v1/repair-applications/{id}/notice.docx` and `.pdf`: what the applicant is served with."""

import asyncio
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Response

from services.repair.api.desk import Desk
from services.repair.applications import store
from services.repair.applications.step import may_see
from services.repair.notices.letter import letter_of
from shared.errors import NO_PDF, NOT_FOUND, Problem
from shared.letters import DOCX, PDF, Letter, NoPdf, as_docx, as_pdf
from shared.web.auth import requires
from shared.web.caller import Caller
from shared.web.identifier import identifier
from shared.web.scopes import Scope

router = APIRouter(prefix="/v1/repair-applications", tags=["repair"])

Reader = Annotated[Caller, requires(Scope.REPAIR_READ)]
_BINARY = {"schema": {"type": "string", "format": "binary"}}


def _documented(media_type: str) -> dict[str, Any]:
    return {"response_class": Response, "responses": {200: {"content": {media_type: _BINARY}}}}


@router.get("/{application_id}/notice.docx", summary="The notice of a decision as a Word document", **_documented(DOCX))
async def get_docx(application_id: str, caller: Reader, desk: Desk) -> Response:
    """信用修复告知书: what was decided last, why, and what follows. Dated with the day of the decision."""
    return await _made(application_id, caller, desk, as_docx, DOCX, "docx")


@router.get("/{application_id}/notice.pdf", summary="The same for print", **_documented(PDF))
async def get_pdf(application_id: str, caller: Reader, desk: Desk) -> Response:
    """Where the extra `pdf` and a Chinese font are installed; the same decision gives the same bytes."""
    try:
        return await _made(application_id, caller, desk, as_pdf, PDF, "pdf")
    except NoPdf as none:
        raise Problem(NO_PDF, str(none)) from None


async def _made(
    application_id: str, caller: Caller, desk: Desk, make: Callable[[Letter], bytes], media_type: str, form: str
) -> Response:
    async with desk.database.reading() as connection:
        row = await store.read(connection, identifier(application_id))
        if row is None or not may_see(caller, row):
            raise Problem(NOT_FOUND, f"There is no application {application_id}.")
        letter = await letter_of(connection, row)
    content = await asyncio.to_thread(make, letter)
    headers = {"Content-Disposition": f'attachment; filename="notice-{row.tracking_number}.{form}"'}
    return Response(content, headers=headers, media_type=media_type)
