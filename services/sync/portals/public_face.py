"""Looks at a portal as a citizen would, and reads its lists to the end.

It says ABSENT only when detail, search and list all answered in the known form and none shows the record (guarantee
G05), and it never lets a list that was cut short pass for a complete one (G07).
"""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from hashlib import blake2b
from urllib.parse import quote

from services.sync.portals.base import (
    Checkpoint,
    IncompleteListing,
    Listed,
    ListedPage,
    ListingMoved,
    Sight,
    Sighting,
)
from services.sync.portals.http import PortalHttp
from services.sync.portals.pages import Entry, Page, UnrecognisedPage, read_detail, read_page, says_missing
from shared.outbound.client import Answer, Uncertain

_PAGES_A_LOOK = 50

ReadFields = Callable[[Entry], Mapping[str, str]]


@dataclass
class Count:
    """Entries seen so far, and the lowest and highest total that the pages announced."""

    seen: int = 0
    lowest: int | None = None
    highest: int = 0

    def add(self, page: Page) -> None:
        self.seen += len(page.entries)
        self.lowest = page.total if self.lowest is None else min(self.lowest, page.total)
        self.highest = max(self.highest, page.total)


class PublicFace:
    """The public pages of one portal. `read_fields` turns captions into comparable fields."""

    def __init__(self, http: PortalHttp, read_fields: ReadFields) -> None:
        self._http = http
        self._read_fields = read_fields

    async def look(self, key: str, *, search_for: str, decided_on: str) -> Sighting:
        """Detail first; when it does not show the record, also search and list."""
        try:
            seen = await self._detail(key)
        except (Uncertain, UnrecognisedPage) as error:
            return Sighting(Sight.UNKNOWN, explanation=f"detail: {error}")
        if seen is not None:
            return Sighting(Sight.PRESENT, seen, ("detail",))
        return await self._look_beside(
            key, {"search": f"/search?q={quote(search_for)}", "list": f"/list?decided_on={decided_on}"}
        )

    async def listing(self, path: str) -> AsyncIterator[list[Listed]]:
        """Every entry of a list, page by page."""
        async for page in self._walk(path):
            yield [Listed(entry.key, self._read_fields(entry)) for entry in page.entries]

    async def pages(self, path: str, after: Checkpoint | None) -> AsyncIterator[ListedPage]:
        """The same with checkpoints, going on behind one if its page still is what it was."""
        count = Count() if after is None else Count(after.listed, after.lowest, after.highest)
        following = path if after is None else await self._behind(after)
        if following is None:
            return
        async for page in self._walk(following, count):
            entries = [Listed(entry.key, self._read_fields(entry)) for entry in page.entries]
            yield ListedPage(entries, Checkpoint(page.path, _keys(page), count.seen, count.lowest or 0, count.highest))

    async def _behind(self, after: Checkpoint) -> str | None:
        page = await self._page(after.path)
        if _keys(page) != after.keys or not after.lowest <= page.total <= after.highest:
            raise ListingMoved(f"{after.path} is not what it was")
        if page.next_path is None and after.listed not in range(after.lowest, after.highest + 1):
            raise ListingMoved(f"{after.path} has become the last page")
        return page.next_path

    async def _detail(self, key: str) -> Mapping[str, str] | None:
        answer = await self._http.get(f"/records/{quote(key)}")
        if answer.status == 404 and says_missing(answer.text):
            return None
        entry = read_detail(_expect_page(answer).text)
        if entry.key != key:
            raise UnrecognisedPage(f"the page shows {entry.key} instead of {key}")
        return self._read_fields(entry)

    async def _look_beside(self, key: str, faces: Mapping[str, str]) -> Sighting:
        where: list[str] = []
        fields: Mapping[str, str] = {}
        troubles: list[str] = []
        for face, path in faces.items():
            try:
                found = await self._find(key, path)
            except (Uncertain, UnrecognisedPage, IncompleteListing) as error:
                troubles.append(f"{face}: {error}")
                continue
            if found is not None:
                where.append(face)
                fields = self._read_fields(found)
        if where:
            return Sighting(Sight.PRESENT, fields, tuple(where), "the detail page does not show it")
        return Sighting(Sight.UNKNOWN if troubles else Sight.ABSENT, explanation="; ".join(troubles))

    async def _find(self, key: str, path: str) -> Entry | None:
        pages = 0
        async with aclosing(self._walk(path)) as walk:
            async for page in walk:
                for entry in page.entries:
                    if entry.key == key:
                        return entry
                pages += 1
                if pages == _PAGES_A_LOOK and page.next_path:
                    raise IncompleteListing(f"{path} has more than {_PAGES_A_LOOK} pages")
        return None

    async def _walk(self, path: str, count: Count | None = None) -> AsyncGenerator[Page, None]:
        """Each page must hold what it announces; when the total stood still, the pages must add up to it."""
        following: str | None = path
        visited: set[str] = set()
        count = count or Count()
        while following:
            if following in visited:
                raise IncompleteListing(f"{path} leads in a circle at {following}")
            visited.add(following)
            page = await self._page(following)
            count.add(page)
            if len(page.entries) != page.announced:
                raise IncompleteListing(f"{following} announces {page.announced} entries and shows {len(page.entries)}")
            if page.next_path and not page.entries:
                raise IncompleteListing(f"{following} is empty and yet has a next page")
            yield page
            following = page.next_path
        if not (count.lowest or 0) <= count.seen <= count.highest:
            raise IncompleteListing(f"{path} announces {count.highest} entries and showed {count.seen}")

    async def _page(self, path: str) -> Page:
        try:
            return replace(read_page(_expect_page(await self._http.get(path)).text), path=path)
        except (Uncertain, UnrecognisedPage) as error:
            raise IncompleteListing(f"{path}: {error}") from error


def _expect_page(answer: Answer) -> Answer:
    if answer.status != 200:
        raise UnrecognisedPage(f"answered {answer.status}")
    return answer


def _keys(page: Page) -> str:
    text = "\n".join(entry.key for entry in page.entries)
    return blake2b(text.encode(), digest_size=16).hexdigest()
