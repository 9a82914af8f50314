"""What reading a portal keeps in memory does not grow with what the portal shows (P7)."""

import asyncio
import gc
import tracemalloc
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import parse_qs
from weakref import ref

import pytest

from services.sync.domain.shown import digest
from services.sync.portals.http import PortalHttp
from services.sync.portals.options import PortalOptions
from services.sync.portals.pages import Entry
from services.sync.portals.public_face import PublicFace
from services.sync.portals.texts import read_amount, read_day
from shared.outbound.client import OutboundClient

RECORDS_A_PAGE, PAGES = 40, 3


class _Fields(dict[str, str]):
    """Fields that can be seen to be gone."""


class _Reader:
    """`most` is the largest number of records whose fields were in memory when another one was read."""

    def __init__(self) -> None:
        self.most = 0
        self._given: list[ref[_Fields]] = []

    def __call__(self, entry: Entry) -> Mapping[str, str]:
        self._given = [one for one in self._given if one() is not None]
        self.most = max(self.most, len(self._given))
        fields = _Fields(entry.shown)
        self._given.append(ref(fields))
        return fields


async def _portal(scope: dict, _receive: object, send: object) -> None:  # type: ignore[type-arg]
    number = int(parse_qs(scope["query_string"].decode()).get("page", ["1"])[0])
    records = "".join(
        f'<article class="record" data-key="k{number}-{at}">'
        f"<table><tr><th>名称</th><td>甲{at}</td></tr></table></article>"
        for at in range(RECORDS_A_PAGE)
    )
    end = '<span class="end">' if number == PAGES else f'<a rel="next" href="/list?page={number + 1}">'
    page = (
        f'<p class="total"><b>{RECORDS_A_PAGE * PAGES}</b></p><p class="count"><b>{RECORDS_A_PAGE}</b></p>'
        f'{records}<nav class="pages">{end}</nav>'
    )
    await send({"type": "http.response.start", "status": 200, "headers": []})  # type: ignore[operator]
    await send({"type": "http.response.body", "body": page.encode()})  # type: ignore[operator]


@pytest.fixture
async def http() -> AsyncIterator[PortalHttp]:
    http = PortalHttp(PortalOptions("http://portal.example", app=_portal), connections=2)  # type: ignore[arg-type]
    yield http
    await http.close()


async def test_a_scan_holds_the_fields_of_no_record_but_the_one_that_is_read(http: PortalHttp) -> None:
    reader = _Reader()
    entries = [one async for page in PublicFace(http, reader).pages("/list", None) for one in page.entries]
    assert len(entries) == RECORDS_A_PAGE * PAGES
    assert entries[1].digest == digest({"名称": "甲1"})
    assert reader.most <= 1


async def test_pages_that_are_never_asked_again_leave_no_address_behind() -> None:
    async with OutboundClient("http://portal.example", app=_portal) as client:
        await _ask(client, 0, 100)
        with _grown() as grown:
            await _ask(client, 100, 1_000)
    assert grown() < 150_000


async def _ask(client: OutboundClient, first: int, number: int) -> None:
    for page in range(first, first + number):
        await client.get(f"/list?page=2&of={page}")
        await asyncio.sleep(0)  # a turn of the loop, in which it forgets timers of requests that ended


def test_days_and_amounts_of_every_kind_take_less_than_a_megabyte() -> None:
    read_day.cache_clear()
    read_amount.cache_clear()
    with _grown() as grown:
        for number in range(6_000):
            read_day(f"{2000 + number // 300}年{number % 12 + 1}月{number % 25 + 1}日 {number}")
            read_amount(f"{number}.25元")
    assert grown() < 1_000_000


@contextmanager
def _grown() -> Iterator[Callable[[], int]]:
    """How many bytes what was done inside has left behind."""
    left = 0
    tracemalloc.start()
    try:
        yield lambda: left
        gc.collect()
        left = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
