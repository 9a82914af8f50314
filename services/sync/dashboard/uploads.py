"""Forms that bring files: from our own pages only, bounded in number and size, read in pieces.

Starlette spools what is larger than a megabyte to disk, so a large file never lies in memory whole.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from fastapi import Request
from starlette.datastructures import UploadFile

from services.sync.dashboard.actions import own_origin
from services.sync.dashboard.desk import DashboardDesk
from shared.errors import MALFORMED, TOO_LARGE, Problem

_FIELDS = 50
_FIELD_BYTES = 512 * 1024


@dataclass(frozen=True)
class Posted:
    """The fields of a form, stripped, and its files; a file field that was left empty is none."""

    fields: dict[str, str]
    files: list[UploadFile]


@asynccontextmanager
async def posted_with_files(request: Request, desk: DashboardDesk, *, most: int) -> AsyncIterator[Posted]:
    """The form while it is worked on; its files are gone afterwards."""
    own_origin(request, desk)
    async with request.form(max_files=most, max_fields=_FIELDS, max_part_size=_FIELD_BYTES) as form:
        fields = {name: value.strip() for name, value in form.multi_items() if isinstance(value, str)}
        yield Posted(fields, [one for _, one in form.multi_items() if isinstance(one, UploadFile) and one.filename])


async def texts_of(files: list[UploadFile], most_bytes: int) -> dict[str, str]:
    """Small files as text by their names; refused when one is longer or no UTF-8."""
    texts = {}
    for file in files:
        body = await file.read(most_bytes + 1)
        if len(body) > most_bytes:
            raise Problem(TOO_LARGE, f"{file.filename} is larger than {most_bytes} bytes.", limit=most_bytes)
        try:
            texts[str(file.filename)] = body.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise Problem(MALFORMED, f"{file.filename} is no UTF-8 text.") from None
    return texts
