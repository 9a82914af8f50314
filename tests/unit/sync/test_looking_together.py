"""Records that are looked at together share pages, and each is seen as it would be seen alone (guarantee G05)."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qs

import pytest
from starlette.types import Receive, Scope, Send

from services.sync.portals.base import PortalUnavailable, Sight, Sighting
from services.sync.portals.http import PortalHttp
from services.sync.portals.options import PortalOptions
from services.sync.portals.public_face import PAGES_A_LIST, PublicFace, Sought
from services.sync.portals.shared_pages import SharedPages

EVERYWHERE = ("detail", "search", "list")
PAGE = 5


@dataclass
class Pages:
    """A portal of a few records. `missing` names by path the keys that a page leaves out; `cut` lists are cut short."""

    records: dict[str, Sought]
    missing: dict[str, Collection[str]] = field(default_factory=dict)
    cut: Collection[str] = ()
    busy: Collection[str] = ()
    asked: Counter[str] = field(default_factory=Counter)

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        path, query = scope["path"], parse_qs(scope["query_string"].decode())
        self.asked[_kind(path, query)] += 1
        status, body = (429, "") if _kind(path, query) in self.busy else self._answer(path, query)
        headers = [(b"content-type", b"text/html; charset=utf-8")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body.encode()})

    def _answer(self, path: str, query: dict[str, list[str]]) -> tuple[int, str]:
        if path.startswith("/records/"):
            key = path.rpartition("/")[2]
            return (200, _article(key)) if self._has(key, "detail") else (404, '<p class="missing">none</p>')
        name = _kind(path, query)
        words, day = query.get("q", [""])[0], query.get("decided_on", [""])[0]
        keys = [
            key
            for key, one in sorted(self.records.items())
            if self._has(key, name)
            if not words or words in (one.search_for, one.subject)
            if not day or day == one.decided_on
        ]
        return 200, _list(path, query, keys, cut=name in self.cut)

    def _has(self, key: str, name: str) -> bool:
        return key in self.records and key not in self.missing.get(name, ())


def _kind(path: str, query: dict[str, list[str]]) -> str:
    if path.startswith("/records/"):
        return "detail"
    if path == "/search":
        return "subject" if query["q"][0].startswith("S") else "number"
    return "day" if "decided_on" in query else "everything"


def _article(key: str) -> str:
    return f'<article class="record" data-key="{key}"><table><tr><th>号</th><td>{key}</td></tr></table></article>'


def _list(path: str, query: dict[str, list[str]], keys: Sequence[str], *, cut: bool) -> str:
    at = int(query.get("at", ["0"])[0])
    here, rest = keys[at : at + PAGE], len(keys) > at + PAGE
    kept = "".join(f"{name}={values[0]}&" for name, values in query.items() if name != "at")
    following = f'<a rel="next" href="{path}?{kept}at={at + PAGE}">next</a>' if rest else '<span class="end">end</span>'
    count = f'<p class="total"><b>{len(keys)}</b></p><p class="count"><b>{len(here)}</b></p>'
    return f"{count}{''.join(map(_article, here[: len(here) // 2 if cut else None]))}<nav class=pages>{following}</nav>"


def many(number: int, *, a_day: int = 1, subject: str = "") -> dict[str, Sought]:
    return {
        f"k{at:03}": Sought(f"k{at:03}", f"N{at}", f"2026-01-{at // a_day + 1:02}", subject) for at in range(number)
    }


async def looks(pages: Pages, sought: Collection[Sought]) -> dict[str, Sighting]:
    """All of them together; each must be what a look by itself sees."""
    http = PortalHttp(PortalOptions("http://portal.test", app=pages), connections=4)
    face = PublicFace(http, lambda entry: entry.shown)
    try:
        shared = SharedPages(face, list(sought))
        return {one.key: await shared.look(one) for one in sought}
    finally:
        await http.close()


async def test_one_reading_of_the_list_of_everything_serves_all() -> None:
    records = many(12)
    pages = Pages(records)
    seen = await looks(pages, records.values())
    assert all((one.sight, one.where) == (Sight.PRESENT, EVERYWHERE) for one in seen.values())
    assert pages.asked == {"detail": 12, "number": 12, "everything": 3}


async def test_a_search_for_their_subject_serves_all_of_it() -> None:
    records = many(4, a_day=4, subject="S1")
    pages = Pages(records)
    seen = await looks(pages, records.values())
    assert all((one.sight, one.where) == (Sight.PRESENT, EVERYWHERE) for one in seen.values())
    assert pages.asked == {"detail": 4, "subject": 1, "day": 1}


async def test_what_is_gone_is_looked_for_on_its_own_pages_before_it_is_absent() -> None:
    records = many(6, subject="S1")
    pages = Pages({key: one for key, one in records.items() if key != "k003"})
    seen = await looks(pages, records.values())
    assert {key for key, one in seen.items() if one.sight is Sight.ABSENT} == {"k003"}
    assert (pages.asked["number"], pages.asked["day"]) == (1, 1)


@pytest.mark.parametrize(("wide", "own", "face"), [("subject", "number", "search"), ("everything", "day", "list")])
async def test_a_record_that_only_its_own_page_still_shows_is_present(wide: str, own: str, face: str) -> None:
    records = many(6, subject="S1")
    pages = Pages(records, missing={"detail": ["k002"], wide: ["k002"]})
    others = {"subject", "number", "everything", "day"} - {wide, own}
    pages.missing |= {name: ["k002"] for name in others}
    seen = (await looks(pages, records.values()))["k002"]
    assert (seen.sight, seen.where) == (Sight.PRESENT, (face,))


async def test_a_record_that_only_the_wide_page_still_shows_is_present() -> None:
    records = many(6)
    pages = Pages(records, missing={name: ["k002"] for name in ("detail", "number", "day")})
    seen = (await looks(pages, records.values()))["k002"]
    assert (seen.sight, seen.where) == (Sight.PRESENT, ("list",))


async def test_a_wide_page_that_was_cut_short_proves_nothing() -> None:
    records = many(6, subject="S1")
    pages = Pages(records, cut=("subject", "everything"))
    seen = await looks(pages, records.values())
    assert all((one.sight, one.where) == (Sight.PRESENT, EVERYWHERE) for one in seen.values())
    assert (pages.asked["subject"], pages.asked["everything"]) == (1, 1)
    assert (pages.asked["number"], pages.asked["day"]) == (6, 6)


async def test_a_shared_page_that_was_cut_short_leaves_all_of_it_unknown() -> None:
    records = many(4, a_day=4)
    pages = Pages(many(8, a_day=8), missing={name: list(records) for name in ("detail", "number")}, cut=("day",))
    seen = await looks(pages, records.values())
    assert {one.sight for one in seen.values()} == {Sight.UNKNOWN}
    assert pages.asked["day"] == 1


async def test_a_list_of_far_more_others_is_not_read_on() -> None:
    shown = many(30)
    pages = Pages(shown)
    seen = await looks(pages, [shown["k000"], shown["k001"]])
    assert all((one.sight, one.where) == (Sight.PRESENT, EVERYWHERE) for one in seen.values())
    assert (pages.asked["everything"], pages.asked["day"]) == (1, 2)


async def test_a_portal_that_turns_us_away_is_not_asked_the_same_again() -> None:
    records = many(4, a_day=2)
    pages = Pages({}, busy=("everything",))
    http = PortalHttp(PortalOptions("http://portal.test", app=pages), connections=4)
    shared = SharedPages(PublicFace(http, lambda entry: entry.shown), list(records.values()))
    for one in records.values():
        with pytest.raises(PortalUnavailable):
            await shared.look(one)
    assert pages.asked["everything"] == 1
    await http.close()


async def test_the_list_of_a_day_is_read_to_its_end_however_many_pages_it_has() -> None:
    records = many(PAGE * 60, a_day=10_000)
    pages = Pages({key: one for key, one in records.items() if key != "k003"})
    gone, last = records["k003"], max(records.values(), key=lambda one: one.key)
    http = PortalHttp(PortalOptions("http://portal.test", app=pages), connections=4)
    face = PublicFace(http, lambda entry: entry.shown)
    try:
        assert (await face.look(gone)).sight is Sight.ABSENT
        assert (await face.look(last)).where == EVERYWHERE
    finally:
        await http.close()


async def test_a_list_without_an_end_proves_no_absence() -> None:
    endless = Endless({})
    http = PortalHttp(PortalOptions("http://portal.test", app=endless), connections=4)
    try:
        seen = await PublicFace(http, lambda entry: entry.shown).look(Sought("k1", "N1", "2026-01-01"))
    finally:
        await http.close()
    assert seen.sight is Sight.UNKNOWN and "goes on behind" in seen.explanation
    assert endless.asked["day"] == PAGES_A_LIST


class Endless(Pages):
    """Whose list of a day always has one more page, and announces it."""

    def _answer(self, path: str, query: dict[str, list[str]]) -> tuple[int, str]:
        if _kind(path, query) != "day":
            return super()._answer(path, query)
        at = int(query.get("at", ["0"])[0])
        count = f'<p class="total"><b>{at + 2}</b></p><p class="count"><b>1</b></p>'
        following = f'<a rel="next" href="{path}?decided_on=2026-01-01&at={at + 1}">next</a>'
        return 200, f"{count}{_article(f'x{at}')}<nav class=pages>{following}</nav>"
