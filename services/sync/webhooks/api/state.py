"""`/v1/changes/state`: whether a copy is in step with the change feed, proved by digests (G13)."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from services.sync.api.views import Desk
from services.sync.buckets.domain.digests import BUCKETS, GROUPS
from services.sync.webhooks.api.feed import authorities_of
from services.sync.webhooks.api.views import FeedReader
from services.sync.webhooks.state import read
from shared.vocabulary import Portal

router = APIRouter(prefix="/v1/changes/state", tags=["changes"])

MOST_BUCKETS = 200


class StateView(BaseModel):
    """What a copy holds that followed the feed to `position`: how many entries, and one digest a group of buckets."""

    position: int
    entries: int
    groups: list[str] = Field(description=f"{GROUPS} digests, in order.")


class GroupView(BaseModel):
    """The buckets of one group: number of entries and sum of their digests, in order."""

    position: int
    buckets: list[tuple[int, int]]


class EntryView(BaseModel):
    """A record that is to be shown on a portal, by the newest order that the feed told of."""

    record_id: str
    portal: Portal
    generation: int


class EntriesView(BaseModel):
    position: int
    entries: list[EntryView]


@router.get("", summary="Digests of what a copy holds that is in step")
async def get_state(caller: FeedReader, desk: Desk) -> StateView:
    """A copy whose digests at the same position are the same is in step. Callers without `sync:read`: of the records
    of their authorities."""
    async with desk.database.reading() as connection:
        state = await read.groups(connection, authorities_of(caller))
    return StateView(position=state.position, entries=state.entries, groups=list(state.groups))


@router.get("/groups/{group}", summary="The buckets of one group")
async def get_group(caller: FeedReader, desk: Desk, group: Annotated[int, Path(ge=0, lt=GROUPS)]) -> GroupView:
    """For a group whose digest differs: which of its buckets do."""
    async with desk.database.reading() as connection:
        position, held = await read.buckets(connection, authorities_of(caller), group)
    return GroupView(position=position, buckets=list(held))


@router.get("/entries", summary="What some buckets hold")
async def get_entries(
    caller: FeedReader,
    desk: Desk,
    bucket: Annotated[
        list[Annotated[int, Field(ge=0, lt=BUCKETS)]],
        Query(min_length=1, max_length=MOST_BUCKETS, description="Numbers of buckets that differ."),
    ],
) -> EntriesView:
    """For buckets that differ: what a copy must hold of them."""
    async with desk.database.reading() as connection:
        position, rows = await read.entries(connection, desk.database.dialect, authorities_of(caller), bucket)
    entries = [EntryView(record_id=row.record_id, portal=row.portal, generation=row.generation) for row in rows]
    return EntriesView(position=position, entries=entries)
