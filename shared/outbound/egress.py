"""Posts to addresses that others gave us: guarded, bounded in time and size, without redirects, cookies or proxies.

Any status is an answer. Failures are those of `client.py`, and `AddressRefused` for what the guard lets not through.
aiohttp stands here without httpx: one session for all endpoints, and a door at each new socket.
"""

import asyncio
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver

from shared.outbound.client import NotSent, Timeouts, Uncertain
from shared.outbound.guard import EgressRules

_ANSWER_BYTES = 16 * 1024
_URLS = 1_000


class AddressRefused(NotSent):
    """The guard does not let us connect there."""


class _Refused(OSError):
    """The same inside aiohttp, which passes on errors of the operating system only. All read alike: of addresses whose
    errors differ it would tell by a plain one."""

    def __init__(self, refusal: str) -> None:
        super().__init__("refused")
        self.refusal = refusal


@dataclass(frozen=True)
class Posted:
    """What came back: its body is not kept."""

    status: int
    retry_after: str | None = None

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300


class Egress:
    """One session for many endpoints. Opened by the first post, inside the running loop."""

    def __init__(
        self,
        rules: EgressRules,
        timeouts: Timeouts | None = None,
        *,
        connections: int = 200,
        connections_a_host: int | None = 20,
        resolver: AbstractResolver | None = None,
    ) -> None:
        """A request beyond `connections` waits for one, and the wait counts as its time: keep what may be under way
        below. Without a resolver names are looked up by the system."""
        self._rules = rules
        # What is written is judged alike each time, and took a fifth of a delivery; what it resolves to is judged anew.
        self._refusal_of_url = lru_cache(maxsize=_URLS)(rules.refusal_of_url)
        self._timeouts = timeouts or Timeouts(connect=5, silence=15, whole=15)
        self._connections, self._connections_a_host = connections, connections_a_host
        self._resolver = resolver
        self._session: aiohttp.ClientSession | None = None

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Posted:
        """One request. Raises `AddressRefused`, `NotSent` or `Uncertain`."""
        if refusal := self._refusal_of_url(url):
            raise AddressRefused(refusal)
        try:
            async with asyncio.timeout(self._timeouts.whole):
                return await self._exchange(url, body, headers)
        except TimeoutError as error:
            raise Uncertain(f"no answer within {self._timeouts.whole:g} seconds") from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise _judged(error) from error

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def _exchange(self, url: str, body: bytes, headers: Mapping[str, str]) -> Posted:
        async with self._opened().post(url, data=body, headers=headers, allow_redirects=False) as response:
            await _drained(response)
            return Posted(response.status, response.headers.get("retry-after"))

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=self._connector(),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                trust_env=False,
                timeout=aiohttp.ClientTimeout(
                    total=None, sock_connect=self._timeouts.connect, sock_read=self._timeouts.silence
                ),
            )
        return self._session

    def _connector(self) -> aiohttp.TCPConnector:
        """A cached answer of a name server would still be judged, for the judge stands at the socket."""
        return aiohttp.TCPConnector(
            limit=self._connections,
            limit_per_host=self._connections_a_host or 0,
            resolver=self._resolver,
            socket_factory=self._socket,
        )

    def _socket(self, address: tuple[Any, ...]) -> socket.socket:
        """Every connection is made here, with the address that was resolved for it."""
        family, kind, protocol, _, place = address
        if refusal := self._rules.refusal_of(str(place[0])):
            raise _Refused(refusal)
        return socket.socket(family, kind, protocol)


async def _drained(response: aiohttp.ClientResponse) -> None:
    """A short answer is read, so that the connection can be used again; of a long one the connection is given up."""
    left = _ANSWER_BYTES
    async for chunk in response.content.iter_any():
        left -= len(chunk)
        if left < 0:
            response.close()
            return


def _judged(error: Exception) -> NotSent | Uncertain:
    inner = getattr(error, "os_error", None) or error.__cause__ or error
    if isinstance(inner, _Refused):
        return AddressRefused(inner.refusal)
    if isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError | aiohttp.InvalidURL):
        return NotSent("no connection came about")
    return Uncertain("the connection broke before an answer was complete")
