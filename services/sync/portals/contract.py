"""Whether a portal's answers still have the form that its adapter knows (接口契约): captions, kinds of value, layout.

It looks at some records that were lately seen there. A departure counts only when every one of them shows it: a single
page that differs, or one alone, is drift and none of our business. Nobody answering proves nothing.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import quote

from services.sync.portals.base import PortalUnavailable
from services.sync.portals.columns import Column
from services.sync.portals.http import PortalHttp
from services.sync.portals.pages import Entry, UnrecognisedPage, read_detail, read_page, says_missing
from services.sync.portals.texts import clean, is_amount, is_day, read_amount, read_day
from shared.contracts.records import Record
from shared.outbound.client import Answer, Uncertain

ENOUGH_TO_MISS = 3
"""So many known records that are all not found, while search finds them, mean that their addresses have changed. What
search lacks as well is gone: a portal that lost its newest records needs its orders more than ever."""

ENOUGH_TO_COMPARE = 2
"""One entry alone cannot tell drift from a departure."""

_KINDS: Mapping[Callable[[str], str], tuple[str, Callable[[str], bool]]] = {
    read_day: ("day", is_day),
    read_amount: ("amount", is_amount),
}

ColumnsOf = Callable[[Entry], tuple[Column, ...]]


@dataclass(frozen=True)
class Place:
    """Where a record is shown: its key, and what search and list are asked for."""

    key: str
    search_for: str
    decided_on: date


def places(key_of: Callable[[Record], str], known: Iterable[Record]) -> list[Place]:
    return [Place(key_of(one), one.document_number, one.decided_on) for one in known]


class Contract:
    """The public pages of one portal, as they should be. `columns_of` gives the template of an entry."""

    def __init__(self, http: PortalHttp, columns_of: ColumnsOf) -> None:
        self._http = http
        self._columns_of = columns_of

    async def probe(self, known: Sequence[Place], without_known: str) -> list[str]:
        """A sentence for each departure on detail, search and list; without known records only on a list."""
        if not known:
            return (await self._of_list("list", without_known))[0]
        some = known[:ENOUGH_TO_COMPARE]
        details = await self._of_details(known)
        searched, found = await self._of_list("search", *(f"/search?q={quote(one.search_for)}" for one in some))
        days = (f"/list?decided_on={one.decided_on.isoformat()}" for one in some)
        listed, _ = await self._of_list("list", *days)
        if details is None:
            details = [f"detail: none of {len(known)} known records is found under its address"] if found else []
        return [*details, *searched, *listed]

    async def _of_details(self, known: Sequence[Place]) -> list[str] | None:
        """None when not one of enough known records is found."""
        entries: list[Entry] = []
        unreadable: list[str] = []
        for place in known:
            answer = await self._answer(f"/records/{quote(place.key)}")
            try:
                if answer.status == 404 and says_missing(answer.text):
                    continue
                entries.append(read_detail(_page(answer)))
            except UnrecognisedPage as error:
                unreadable.append(f"detail: {error}")
        if not entries and not unreadable and len(known) >= ENOUGH_TO_MISS:
            return None
        found = [f"detail: {one}" for one in departures(entries, self._columns_of)]
        return found if entries else found + unreadable[:1]

    async def _of_list(self, face: str, *paths: str) -> tuple[list[str], int]:
        """Of the entries of these pages together, and how many they are: a search often finds one alone."""
        entries: dict[str, Entry] = {}
        for path in dict.fromkeys(paths):
            answer = await self._answer(path)
            try:
                entries |= {entry.key: entry for entry in read_page(_page(answer)).entries}
            except UnrecognisedPage as error:
                return [f"{face}: {error}"], len(entries)
        return [f"{face}: {one}" for one in departures(list(entries.values()), self._columns_of)], len(entries)

    async def _answer(self, path: str) -> Answer:
        try:
            answer = await self._http.get(path)
        except Uncertain as error:
            raise PortalUnavailable(str(error)) from error
        if answer.status >= 500:
            raise PortalUnavailable(f"the portal answered {answer.status}")
        return answer


def departures(entries: Sequence[Entry], columns_of: ColumnsOf) -> list[str]:
    """Captions that all entries of a template lack, and days and amounts that none of them shows as such."""
    templates: dict[tuple[Column, ...], list[Entry]] = defaultdict(list)
    for entry in entries:
        templates[columns_of(entry)].append(entry)
    return [
        fault
        for columns, of_template in templates.items()
        if len(of_template) >= ENOUGH_TO_COMPARE
        for column in columns
        if (fault := _departure(column, [entry.shown for entry in of_template]))
    ]


def departures_of_answer(what: str, answer: Answer, *lists: str) -> list[str]:
    """The members of a JSON answer that should be lists and are not, or are gone."""
    if answer.status >= 500:
        raise PortalUnavailable(f"the portal answered {answer.status}")
    try:
        body = answer.json()
    except ValueError:
        body = None
    if answer.status != 200 or not isinstance(body, dict):
        return [f"{what}: answered {answer.status} in a form that is not known"]
    return [f"{what}: '{name}' is missing or no list" for name in lists if not isinstance(body.get(name), list)]


def _departure(column: Column, pages: Sequence[Mapping[str, str]]) -> str | None:
    if column.label is None:
        return None
    values = [clean(shown[column.label]) for shown in pages if column.label in shown]
    if not values:
        return f"'{column.label}' is missing"
    filled = [value for value in values if value]
    if filled and (known := _KINDS.get(column.read)) and not any(map(known[1], filled)):
        return f"'{column.label}' is no {known[0]} any more"
    return None


def _page(answer: Answer) -> str:
    if answer.status != 200:
        raise UnrecognisedPage(f"answered {answer.status}")
    return answer.text
