"""Looks at a portal as a citizen would, and reads its lists to the end, the next page on its way while one is read.

It says ABSENT only when detail, search and list all answered in the known form and none shows the record, and tells
which of them show it otherwise (guarantee G05); it never lets a list that was cut short pass for a complete one (G07).
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b
from types import MappingProxyType
from urllib.parse import quote

from services.sync.domain.shown import digest
from services.sync.portals.base import (
    Checkpoint,
    Digested,
    IncompleteListing,
    Listed,
    ListedPage,
    ListingMoved,
    PortalUnavailable,
    Sight,
    Sighting,
)
from services.sync.portals.http import PortalHttp
from services.sync.portals.pages import (
    Entry,
    Head,
    Keep,
    Page,
    Read,
    UnrecognisedPage,
    read_detail,
    read_head,
    says_missing,
)
from shared.clock import stopwatch
from shared.contracts.records import Record
from shared.outbound.client import Answer, Uncertain

PAGES_A_LIST, SECONDS_A_LIST = 2_000, 100.0
"""Most of one list that is read for a look: 200,000 entries of a day are more than a province decides. It ends with
time to spare before another worker takes the look over (`LOOKS_KEPT`)."""
_TURNS_TO_SEND = 3
"""Turns of the loop after which a request that was begun is on its way."""

_NO_FIELDS: Mapping[str, str] = MappingProxyType({})

EVERYTHING = "/list"
"""The list of all that a portal shows."""

Find = Callable[[], Awaitable[Entry | None]]
"""Looks for one record at one face."""


@dataclass(frozen=True)
class Sought:
    """What a look needs of a record. `subject` is the word by which search finds all of its subject, or empty."""

    key: str
    search_for: str
    decided_on: str
    subject: str = ""


def sought(key: str, record: Record) -> Sought:
    """The key is the portal's, the words are what every portal can search for."""
    return Sought(key, record.document_number, record.decided_on.isoformat(), record.subject.uscc or "")


def search(words: str) -> str:
    return f"/search?q={quote(words)}"


def day_list(decided_on: str) -> str:
    return f"/list?decided_on={decided_on}"


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

    def __init__(self, http: PortalHttp, read_fields: Read) -> None:
        self._http = http
        self._read_fields = read_fields

    async def look(self, sought: Sought, beside: Mapping[str, Find] | None = None) -> Sighting:
        """Detail, search and list, each of which may show the record or lack it. `beside` looks for it at the last two
        when others are looked at together with it."""
        try:
            seen = await self._detail(sought.key)
        except (Uncertain, UnrecognisedPage) as error:
            return Sighting(Sight.UNKNOWN, explanation=f"detail: {error}")
        beside = beside or {
            "search": partial(self.find, sought.key, search(sought.search_for)),
            "list": partial(self.find, sought.key, day_list(sought.decided_on)),
        }
        shown, troubles = await self._look_beside(beside, bearing=seen is not None)
        if seen is not None:
            shown = {"detail": seen, **shown}
        if not shown:
            return Sighting(Sight.UNKNOWN if troubles else Sight.ABSENT, explanation="; ".join(troubles.values()))
        [fields, *_] = shown.values()
        others = {face: values for face, values in shown.items() if values != fields}
        return Sighting(Sight.PRESENT, fields, tuple(shown), "; ".join(troubles.values()), tuple(troubles), others)

    async def listing(self, path: str, *, ahead: bool = True) -> AsyncIterator[list[Listed]]:
        """Every entry of a list, page by page."""
        async with aclosing(self._walk(path, ahead=ahead, keep=self._fields_only)) as walk:
            async for page in walk:
                yield [Listed(entry.key, entry.shown) for entry in page.entries]
                del page

    async def pages(self, path: str, after: Checkpoint | None) -> AsyncIterator[ListedPage]:
        """The same with checkpoints, going on behind one if its page still is what it was. Of each entry only a digest
        is kept, made before the next one is read: the fields of a page of 500 records took 1.0 MB at the peak."""
        count = Count() if after is None else Count(after.listed, after.lowest, after.highest)
        following = path if after is None else await self._behind(after)
        if following is None:
            return
        async with aclosing(self._walk(following, count, ahead=True, keep=self._digest_only)) as walk:
            async for page in walk:
                checkpoint = Checkpoint(page.path, _keys(page), count.seen, count.lowest or 0, count.highest)
                yield ListedPage([Digested(entry.key, entry.digest) for entry in page.entries], checkpoint)
                del page

    def _fields_only(self, entry: Entry) -> Entry:
        return Entry(entry.key, self._read_fields(entry))

    def _digest_only(self, entry: Entry) -> Entry:
        return Entry(entry.key, _NO_FIELDS, digest(self._read_fields(entry)))

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

    async def _look_beside(
        self, faces: Mapping[str, Find], *, bearing: bool
    ) -> tuple[dict[str, Mapping[str, str]], dict[str, str]]:
        """What these faces show of the record, and why some could not be read. `bearing`: the detail page shows it,
        which is worth knowing even when the portal turns us away in between."""
        shown: dict[str, Mapping[str, str]] = {}
        troubles: dict[str, str] = {}
        for face, find in faces.items():
            try:
                found = await find()
            except PortalUnavailable as error:
                if not bearing:
                    raise
                troubles[face] = f"{face}: {error}"
                continue
            except (Uncertain, UnrecognisedPage, IncompleteListing) as error:
                troubles[face] = f"{face}: {error}"
                continue
            if found is not None:
                shown[face] = self._read_fields(found)
        return shown, troubles

    async def find(self, key: str, path: str) -> Entry | None:
        """The entry of this key on a list, which is read no further than to it."""
        async with aclosing(self._read(path, (key,))) as pages:
            async for page in pages:
                for entry in page.entries:
                    if entry.key == key:
                        return entry
        return None

    async def find_all(self, keys: Collection[str], path: str, *, most: int | None = None) -> Mapping[str, Entry]:
        """The entries of these keys on a list, read to its end. One of more than `most` entries is not read: none."""
        found: dict[str, Entry] = {}
        async with aclosing(self._read(path, keys)) as pages:
            async for page in pages:
                if most is not None and page.total > most:
                    return {}
                for entry in page.entries:
                    if entry.key in keys:
                        found.setdefault(entry.key, entry)
        return found

    async def _read(self, path: str, keys: Collection[str]) -> AsyncGenerator[Page, None]:
        """The pages of a list for a look. One that is not read to its end proves no absence."""
        began, number = stopwatch(), 0
        async with aclosing(self._walk(path, only=keys)) as pages:
            async for page in pages:
                yield page
                number += 1
                if page.next_path and (number >= PAGES_A_LIST or stopwatch() - began > SECONDS_A_LIST):
                    raise IncompleteListing(f"{path} goes on behind {number} pages")

    async def _walk(
        self,
        path: str,
        count: Count | None = None,
        *,
        ahead: bool = False,
        only: Collection[str] | None = None,
        keep: Keep | None = None,
    ) -> AsyncGenerator[Page, None]:
        """Each page must hold what it announces; when the total stood still, the pages must add up to it. A circle soon
        shows more than it announces, so that no addresses are kept. Whoever reads on lets go of the page before: two
        whole ones at a time would be 3 MB more."""
        count = count or Count()
        async with aclosing(self._pages_of(path, ahead=ahead, only=only, keep=keep)) as pages:
            async for page in pages:
                count.add(page)
                if len(page.entries) != page.announced:
                    raise IncompleteListing(
                        f"{page.path} announces {page.announced} entries and shows {len(page.entries)}"
                    )
                if page.next_path and not page.entries:
                    raise IncompleteListing(f"{page.path} is empty and yet has a next page")
                if page.next_path and count.seen > count.highest:
                    raise IncompleteListing(f"{page.path} goes on behind the {count.highest} entries that it announces")
                yield page
                del page
        if not (count.lowest or 0) <= count.seen <= count.highest:
            raise IncompleteListing(f"{path} announces {count.highest} entries and showed {count.seen}")

    async def _pages_of(
        self, path: str, *, ahead: bool, only: Collection[str] | None, keep: Keep | None
    ) -> AsyncGenerator[Page, None]:
        """Page by page. `ahead` asks for the next one before this one is read: the portal makes it meanwhile."""
        following: str | None = path
        coming: asyncio.Task[Head] | None = None
        try:
            while following:
                here = following
                head = await (coming or self._head(here))
                following, coming = head.next_path, None
                if ahead and following:
                    coming = asyncio.create_task(self._head(following))
                    for _ in range(_TURNS_TO_SEND):
                        await asyncio.sleep(0)
                page = _whole(head, here, only, keep)
                del head  # the texts of its records are not needed any more
                yield page
                del page
        finally:
            if coming is not None:
                coming.cancel()
                await asyncio.gather(coming, return_exceptions=True)

    async def _head(self, path: str) -> Head:
        try:
            return read_head(_expect_page(await self._http.get(path)).utf8)
        except (Uncertain, UnrecognisedPage) as error:
            raise IncompleteListing(f"{path}: {error}") from error

    async def _page(self, path: str) -> Page:
        return _whole(await self._head(path), path)


def _whole(head: Head, path: str, only: Collection[str] | None = None, keep: Keep | None = None) -> Page:
    try:
        return head.page(path, only, keep)
    except UnrecognisedPage as error:
        raise IncompleteListing(f"{path}: {error}") from error


def _expect_page(answer: Answer) -> Answer:
    if answer.status != 200:
        raise UnrecognisedPage(f"answered {answer.status}")
    return answer


def _keys(page: Page) -> str:
    text = "\n".join(entry.key for entry in page.entries)
    return blake2b(text.encode(), digest_size=16).hexdigest()
