"""Looks at a portal as a citizen would, and reads its lists to the end.

It says ABSENT only when detail, search and list all answered in the known form and none shows the record (guarantee
G05), and it never lets a list that was cut short pass for a complete one (G07).
"""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import aclosing
from urllib.parse import quote

from services.sync.portals.base import IncompleteListing, Listed, Sight, Sighting
from services.sync.portals.http import PortalHttp
from services.sync.portals.pages import Entry, Page, UnrecognisedPage, read_detail, read_page, says_missing
from shared.outbound.client import Answer, Uncertain

_PAGES_A_LOOK = 50

ReadFields = Callable[[Entry], Mapping[str, str]]


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

    async def _walk(self, path: str) -> AsyncGenerator[Page, None]:
        """Each page must hold what it announces; when the total stood still, the pages must add up to it."""
        following: str | None = path
        visited: set[str] = set()
        totals: set[int] = set()
        seen = 0
        while following:
            if following in visited:
                raise IncompleteListing(f"{path} leads in a circle at {following}")
            visited.add(following)
            page = await self._page(following)
            totals.add(page.total)
            seen += len(page.entries)
            if len(page.entries) != page.announced:
                raise IncompleteListing(f"{following} announces {page.announced} entries and shows {len(page.entries)}")
            if page.next_path and not page.entries:
                raise IncompleteListing(f"{following} is empty and yet has a next page")
            yield page
            following = page.next_path
        if not min(totals) <= seen <= max(totals):
            raise IncompleteListing(f"{path} announces {max(totals)} entries and showed {seen}")

    async def _page(self, path: str) -> Page:
        try:
            return read_page(_expect_page(await self._http.get(path)).text)
        except (Uncertain, UnrecognisedPage) as error:
            raise IncompleteListing(f"{path}: {error}") from error


def _expect_page(answer: Answer) -> Answer:
    if answer.status != 200:
        raise UnrecognisedPage(f"answered {answer.status}")
    return answer
