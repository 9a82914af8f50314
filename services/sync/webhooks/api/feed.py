"""`/v1/changes`: the change feed (变更流)."""

from typing import Annotated

from fastapi import APIRouter, Query

from services.sync.api.views import Desk
from services.sync.webhooks import feed
from services.sync.webhooks.api.views import ChangesView, ChangeView, FeedQuery, FeedReader, TheSubscriptions
from services.sync.webhooks.domain.changes import item
from services.sync.webhooks.feed import Sight, Stretch
from services.sync.webhooks.sending import change_of
from shared.web.caller import EVERY_AUTHORITY, Caller
from shared.web.scopes import Scope

router = APIRouter(prefix="/v1", tags=["changes"])


@router.get("/changes", summary="What changed after a position")
async def get_changes(
    caller: FeedReader,
    desk: Desk,
    subscriptions: TheSubscriptions,
    asked: Annotated[FeedQuery, Query()],
) -> ChangesView:
    """Gap-free and for ever in the same order. Callers without `sync:read` see records of their authorities only."""
    sight = Sight(authorities_of(caller), asked.region, asked.kind)
    if asked.wait and asked.after is not None:
        await subscriptions.watch.grown(asked.after, asked.wait)
    async with desk.database.reading() as connection:
        stretch = await feed.read(connection, asked.after, asked.limit, sight)
    return _shown(stretch)


def authorities_of(caller: Caller) -> frozenset[str] | None:
    """Whose records a caller sees in the feed; None means everybody's."""
    everything = Scope.SYNC_READ in caller.scopes or EVERY_AUTHORITY in caller.authorities
    return None if everything else caller.authorities


def _shown(stretch: Stretch) -> ChangesView:
    return ChangesView(
        items=[ChangeView.model_validate(item(change_of(row))) for row in stretch.rows],
        after=stretch.after,
        position=stretch.position,
        skipped=stretch.skipped,
        head=stretch.head,
    )
