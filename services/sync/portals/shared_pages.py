"""Pages that show many records, read once for all records that are looked at together.

What a wide page shows (the list of everything, a search for a subject) is present; what it lacks is looked for on the
narrow page, as a look by itself would do, so absence is proven no more easily than before (guarantee G05). Nothing is
kept longer than one claim: every page was asked for after all of its looks had begun.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial

from services.sync.portals.base import IncompleteListing, Look, Sighting
from services.sync.portals.pages import Entry, UnrecognisedPage
from services.sync.portals.public_face import EVERYTHING, PublicFace, Sought, day_list, search, sought
from shared.contracts.records import Record
from shared.outbound.client import Uncertain

_ENTRIES_A_PAGE_SPARED = 10
"""An entry of a page costs a twelfth of another request; a wide page that holds more of others is not worth it."""
_WIDE_SECONDS = 20.0
"""As long as one page may take: a wide reading that is slower than that leaves the looks to their narrow pages."""

_Pages = Mapping[str, Entry]


class SharedPages:
    """The pages of some looks. `most` entries may stand on a wide page; without it a page is not read wide."""

    def __init__(self, face: PublicFace, all_sought: Sequence[Sought]) -> None:
        self._face = face
        self._keys = {one.key for one in all_sought}
        self._days = Counter(one.decided_on for one in all_sought)
        self._subjects = Counter(one.subject for one in all_sought if one.subject)
        self._read: dict[str, _Pages | Exception] = {}
        self._turns: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def look(self, one: Sought) -> Sighting:
        """Its own detail page; search and list from what was read for all."""
        return await self._face.look(one, {"search": partial(self._search, one), "list": partial(self._list, one)})

    async def _search(self, one: Sought) -> Entry | None:
        spared = self._subjects[one.subject] - 1
        if spared > 0 and (entry := await self._on_wide_page(one.key, search(one.subject), spared)):
            return entry
        return await self._face.find(one.key, search(one.search_for))

    async def _list(self, one: Sought) -> Entry | None:
        spared = len(self._days) - 1
        if spared > 0 and (entry := await self._on_wide_page(one.key, EVERYTHING, spared)):
            return entry
        path = day_list(one.decided_on)
        if self._days[one.decided_on] == 1:
            return await self._face.find(one.key, path)
        return (await self._once(path, partial(self._face.find_all, self._keys, path))).get(one.key)

    async def _on_wide_page(self, key: str, path: str, spared: int) -> Entry | None:
        """What could not be read wide is no finding: the narrow page tells."""
        most = spared * _ENTRIES_A_PAGE_SPARED

        async def read() -> _Pages:
            async with asyncio.timeout(_WIDE_SECONDS):
                return await self._face.find_all(self._keys, path, most=most)

        try:
            return (await self._once(path, read)).get(key)
        except (TimeoutError, Uncertain, UnrecognisedPage, IncompleteListing):
            return None

    async def _once(self, path: str, read: Callable[[], Awaitable[_Pages]]) -> _Pages:
        """Whoever comes first reads for all; a failure is the same for all."""
        async with self._turns[path]:
            if path not in self._read:
                try:
                    self._read[path] = await read()
                except Exception as error:  # kept for those who wait, and raised below
                    self._read[path] = error
        found = self._read[path]
        if isinstance(found, Exception):
            raise found
        return found


def looking_together(face: PublicFace, key_of: Callable[[Record], str], records: Sequence[Record]) -> Look:
    """`look` of an adapter for these records, which are looked at from now on."""
    pages = SharedPages(face, [sought(key_of(record), record) for record in records])

    async def look(record: Record) -> Sighting:
        return await pages.look(sought(key_of(record), record))

    return look
