"""Whatever a portal writes into Retry-After, it is left alone for that long and never for more than a day.

A download is judged like any other answer.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from email.utils import format_datetime

import pytest
from starlette.types import Receive, Scope, Send

from services.sync.portals.base import PortalUnavailable
from services.sync.portals.http import PortalHttp
from services.sync.portals.options import PortalOptions
from services.sync.portals.spending import paid_by
from shared.clock import wall_time

DAY = 24 * 3600.0


Ask = Callable[[PortalHttp], Awaitable[object]]


async def by_get(http: PortalHttp) -> object:
    return await http.get("/list")


async def by_download(http: PortalHttp) -> object:
    return await http.download("/export", bytearray().extend, most_bytes=1000)


async def away(ask: Ask, status: int, said: str = "", text: str = "") -> PortalUnavailable:
    """What a portal that answers like this is taken for."""

    async def answering(_scope: Scope, _receive: Receive, send: Send) -> None:
        headers = [(b"retry-after", said.encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": text.encode()})

    http = PortalHttp(PortalOptions("http://portal.test", app=answering), connections=1)
    try:
        with pytest.raises(PortalUnavailable) as found:
            await ask(http)
    finally:
        await http.close()
    return found.value


async def asked_by(said: str) -> float | None:
    """Seconds that a portal gets which turns us away with this header."""
    return (await away(by_get, 503, said)).retry_after


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("7", 7.0),
        ("31536000", DAY),
        ("9" * 400, None),
        ("-5", 0.0),
        ("nan", None),
        ("soon", None),
        ("Fri, 31 Dec 99999999999999999999 23:59:59 GMT", None),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 0.0),
        ("Sun, 06 Nov 2950 08:49:37 GMT", DAY),
    ],
)
async def test_a_portal_gets_what_it_asks_for_within_a_day(said: str, seconds: float | None) -> None:
    assert await asked_by(said) == seconds


async def test_a_portal_that_names_a_date_is_left_alone_until_then() -> None:
    asked = await asked_by(format_datetime(wall_time() + timedelta(hours=2), usegmt=True))
    assert asked is not None
    assert 7100 < asked <= 7200


@pytest.mark.parametrize("status", [429, 503])
async def test_a_portal_gets_what_it_asks_for_also_when_a_download_is_turned_away(status: int) -> None:
    assert (await away(by_download, status, "7")).retry_after == 7.0


class Paid:
    """A purse that remembers what the portal asked for."""

    def __init__(self) -> None:
        self.waits: list[float] = []

    async def pay(self) -> None:
        return None

    async def told_to_wait(self, seconds: float) -> None:
        self.waits.append(seconds)


@pytest.mark.parametrize("ask", [by_get, by_download])
async def test_whoever_pays_for_a_request_that_is_turned_away_is_told_how_long_to_wait(ask: Ask) -> None:
    purse = Paid()
    with paid_by(purse):
        await away(ask, 429, "7")
    assert purse.waits == [7.0]


@pytest.mark.parametrize("ask", [by_get, by_download])
@pytest.mark.parametrize("status", [401, 403])
async def test_a_portal_that_refuses_our_credentials_is_said_to(ask: Ask, status: int) -> None:
    refused = await away(ask, status, text="no such key")
    assert str(refused) == f"the portal refuses our credentials ({status}): no such key"
