"""`/v1/record-names`: what the records of somebody else's list are called."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from services.sync.api.views import Desk, Reader
from services.sync.watch import store
from shared.web.identifier import identifier

router = APIRouter(prefix="/v1", tags=["watch"])

_MOST = 500
_CHARACTERS = _MOST * 33


class RecordName(BaseModel):
    """By what people know a record."""

    document_number: str | None
    subject_name: str | None
    subject_key: str | None


@router.get("/record-names", summary="What records are called")
async def get_names(
    _caller: Reader,
    desk: Desk,
    record_ids: Annotated[str, Query(max_length=_CHARACTERS, description="Identifiers, with commas between them.")],
) -> dict[str, RecordName]:
    """By identifier; those of which nothing was ever to be shown are missing. Names of persons are masked."""
    wanted = [identifier(one) for one in dict.fromkeys(record_ids.split(",")) if one][:_MOST]
    async with desk.database.reading() as connection:
        rows = await store.names_of(connection, wanted)
    return {
        record_id: RecordName(
            document_number=row.document_number, subject_name=row.subject_name, subject_key=row.subject_key
        )
        for record_id, row in rows.items()
    }
