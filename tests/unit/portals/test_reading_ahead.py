"""A listing asks for its next page before it reads the one that came; a look asks for no page that it does not need."""

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import parse_qs

import pytest

from services.sync.portals.base import IncompleteListing
from services.sync.portals.http import PortalHttp
from services.sync.portals.options import PortalOptions
from services.sync.portals.public_face import PublicFace

PAGES = 4


class _Pages:
    """A portal of so many pages with one record each; `asked` are the pages in the order of the requests."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.broken_from = PAGES + 1
        self.leads_back_to: int | None = None

    async def __call__(self, scope: dict, _receive: object, send: object) -> None:  # type: ignore[type-arg]
        number = int(parse_qs(scope["query_string"].decode()).get("page", ["1"])[0])
        self.asked.append(number)
        following: int | None = number + 1 if number != PAGES else self.leads_back_to
        end = f'<a rel="next" href="/list?page={following}">' if following else '<span class="end">'
        page = (
            f'<p class="total"><b>{PAGES}</b></p><p class="count"><b>1</b></p>'
            f'<article class="record" data-key="k{number}">'
            f"<table><tr><th>名称</th><td>甲{number}</td></tr></table></article>"
            f'<nav class="pages">{end}</nav>'
        )
        status = 500 if number >= self.broken_from else 200
        await send({"type": "http.response.start", "status": status, "headers": []})  # type: ignore[operator]
        await send({"type": "http.response.body", "body": page.encode()})  # type: ignore[operator]


@pytest.fixture
def portal() -> _Pages:
    return _Pages()


@pytest.fixture
async def face(portal: _Pages) -> AsyncIterator[PublicFace]:
    http = PortalHttp(PortalOptions("http://portal.example", app=portal), connections=2)  # type: ignore[arg-type]
    yield PublicFace(http, lambda entry: entry.shown)
    await http.close()


async def test_the_next_page_is_on_its_way_while_one_is_read(portal: _Pages, face: PublicFace) -> None:
    seen: list[str] = []
    async for page in face.listing("/list"):
        seen += [one.portal_key for one in page]
        assert portal.asked == list(range(1, min(len(seen) + 1, PAGES) + 1))
    assert seen == [f"k{number}" for number in range(1, PAGES + 1)]


async def test_a_look_reads_no_further_than_it_must(portal: _Pages, face: PublicFace) -> None:
    found = await face.find("k2", "/list")
    assert found is not None
    assert portal.asked == [1, 2]


async def test_a_page_that_fails_ahead_fails_when_its_turn_comes(portal: _Pages, face: PublicFace) -> None:
    portal.broken_from = 3
    seen = []
    with pytest.raises(IncompleteListing, match="page=3"):
        async for page in face.listing("/list"):
            seen += [one.portal_key for one in page]
    assert seen == ["k1", "k2"]


async def test_a_reader_who_stops_leaves_no_request_behind(portal: _Pages, face: PublicFace) -> None:
    listing = face.listing("/list")
    async for _ in listing:
        break
    await listing.aclose()  # type: ignore[attr-defined]
    assert len(asyncio.all_tasks()) == 1


@pytest.mark.parametrize("leads_back_to", [1, PAGES, PAGES + 1])
async def test_pages_without_an_end_are_not_read_for_ever(portal: _Pages, face: PublicFace, leads_back_to: int) -> None:
    """In a circle, or with ever new addresses: as soon as more is shown than is announced."""
    portal.leads_back_to, portal.broken_from = leads_back_to, 1_000
    with pytest.raises(IncompleteListing, match=f"goes on behind the {PAGES} entries"):
        async for _ in face.listing("/list"):
            assert len(portal.asked) < 3 * PAGES
    assert len(portal.asked) <= PAGES + 2
