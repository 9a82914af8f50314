"""`/v1/parked-events` of every service: how many events wait for a person, by queue and type, and since when (G01).

Counts only: an event and its reason may name persons, and are read at the terminal (`creditsync parked`).
"""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel
from sqlalchemy import func, select

from shared.database.engine import Database
from shared.database.mechanics import parked_event
from shared.web.auth import requires
from shared.web.caller import Caller
from shared.web.scopes import Scope


class ParkedCount(BaseModel):
    """Events of one type that a queue's handler refused again and again (搁置的事件)."""

    queue: str
    type: str
    events: int
    oldest_at: datetime
    newest_at: datetime


def parked_router(database: Database, scope: Scope) -> APIRouter:
    """The route over the parked events of this service."""
    router = APIRouter(prefix="/v1", tags=["parked-events"])
    reader = Annotated[Caller, requires(scope)]

    @router.get("/parked-events", summary="Events set aside for a person, by queue and type")
    async def get_parked(_caller: reader) -> list[ParkedCount]:
        """Set aside is not lost: mend the cause, then send them back to their queue with `creditsync release`."""
        columns = parked_event.c
        statement = (
            select(
                columns.queue,
                columns.type,
                func.count().label("events"),
                func.min(columns.parked_at).label("oldest_at"),
                func.max(columns.parked_at).label("newest_at"),
            )
            .group_by(columns.queue, columns.type)
            .order_by(columns.queue, columns.type)
        )
        async with database.reading() as connection:
            rows = (await connection.execute(statement)).all()
        return [ParkedCount.model_validate(dict(row._mapping)) for row in rows]

    return router
