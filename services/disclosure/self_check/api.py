"""`/v1/self-checks`: what the nightly self-checks found."""

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from services.disclosure.api.desk import Desk
from services.disclosure.self_check import store
from shared.web.auth import requires
from shared.web.caller import Caller
from shared.web.scopes import Scope

router = APIRouter(prefix="/v1", tags=["self-checks"])


class SelfCheckView(BaseModel):
    """One night: windows computed again, and records whose ledger entries differ from what the column did."""

    checked_on: date
    windows: int
    windows_different: int
    windows_unknown: int
    ledger_differences: int
    finished_at: datetime


@router.get("/self-checks", summary="What the nightly self-checks found, newest first")
async def get_self_checks(
    _caller: Annotated[Caller, requires(Scope.DISCLOSURE_READ)],
    desk: Desk,
    limit: Annotated[int, Query(ge=1, le=500, description="Nights.")] = 50,
) -> list[SelfCheckView]:
    """Stored windows are recomputed bit for bit (G03), the ledger is compared with the column (G16)."""
    async with desk.database.reading() as connection:
        rows = await store.list_results(connection, limit)
    return [SelfCheckView(**{name: getattr(row, name) for name in SelfCheckView.model_fields}) for row in rows]
