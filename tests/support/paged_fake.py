"""A portal in memory whose listing comes in pages with addresses, as the ones over HTTP do."""

from collections.abc import AsyncIterator
from hashlib import blake2b

from services.sync.domain.shown import digest
from services.sync.portals.base import Checkpoint, Digested, IncompleteListing, ListedPage, ListingMoved
from tests.support.portal_fake import ListingAct, PortalFake


class PagedFake(PortalFake):
    """`read` counts the pages that were handed out; `stops_at` is the page at which it hangs until it is killed."""

    read = 0

    async def pages(self, after: Checkpoint | None) -> AsyncIterator[ListedPage]:
        entries = self._entries()
        start = 0
        if after is not None:
            start = after.listed
            page = [one.portal_key for one in entries[start - self.page_size : start]]
            if _digest(page) != after.keys or not after.lowest <= len(entries) <= after.highest:
                raise ListingMoved("the page is not what it was")
        for at in range(start, len(entries), self.page_size):
            await self._asked()
            if at and self.listing_act is ListingAct.CUT_SHORT:
                raise IncompleteListing("the second page does not come")
            here = entries[at : at + self.page_size]
            self.read += 1
            shown = [Digested(one.portal_key, digest(one.fields)) for one in here]
            keys = _digest([one.portal_key for one in here])
            yield ListedPage(shown, Checkpoint(str(at), keys, at + len(here), len(entries), len(entries)))


def _digest(keys: list[str]) -> str:
    return blake2b("|".join(keys).encode(), digest_size=8).hexdigest()
