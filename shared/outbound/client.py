"""Talks HTTP to one other system, and says in which of two ways it failed.

`NotSent`: no connection came about, so the other side surely did nothing. `Uncertain`: the request may have
arrived, and only a look can tell. Nothing here repeats a request or judges a status code. httpx is the interface
and aiohttp the transport: httpx's own made 245 requests a second with 50 in flight, this one 2,400-2,800.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from types import TracebackType
from typing import Any, Self

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

from shared.errors import Unavailable


class NotSent(Unavailable):
    """No connection came about: the request surely had no effect."""


class Uncertain(Unavailable):
    """The connection broke, or the answer did not come or was not usable: the request may have had its effect."""


@dataclass(frozen=True)
class Timeouts:
    """Seconds. `whole` bounds everything together, so that a peer that trickles bytes cannot hold us."""

    connect: float = 5
    silence: float = 15
    whole: float = 30


@dataclass(frozen=True)
class Answer:
    """What came back. Header names are in lower case; any status is an answer, never an error."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    charset: str = "utf-8"

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def text(self) -> str:
        return self.body.decode(self.charset, errors="replace")

    def json(self) -> Any:
        """The body as JSON; raises `ValueError` when it is none."""
        return json.loads(self.body)


class OutboundClient:
    """Connections to one base address. Redirects are not followed, cookies and proxy variables ignored.

    `app` takes an ASGI application in place of the network, for tests and for the one-process demo.
    """

    def __init__(
        self,
        base_url: str,
        *,
        timeouts: Timeouts | None = None,
        connections: int = 20,
        headers: Mapping[str, str] | None = None,
        max_answer_bytes: int = 8 * 1024 * 1024,
        app: Callable[..., Awaitable[None]] | None = None,
    ) -> None:
        self.base_url = base_url
        self._timeouts = timeouts or Timeouts()
        self._max_answer_bytes = max_answer_bytes
        self._http = httpx.AsyncClient(
            base_url=base_url,
            headers=headers,
            timeout=httpx.Timeout(self._timeouts.silence, connect=self._timeouts.connect, pool=self._timeouts.whole),
            transport=_network(connections) if app is None else httpx.ASGITransport(app),
            follow_redirects=False,
            trust_env=False,
        )
        self._http.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))

    async def send(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str | int] | None = None,
        json: Any = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """One request, one answer. Raises `NotSent` or `Uncertain`, both of them `Unavailable`."""
        request = self._http.build_request(method, path, params=params, json=json, content=content, headers=headers)
        try:
            async with asyncio.timeout(self._timeouts.whole):
                return await self._exchange(request)
        except TimeoutError as error:
            raise Uncertain(f"{self.base_url} did not finish within {self._timeouts.whole} seconds") from error
        except (httpx.HTTPError, aiohttp.ClientError, OSError) as error:
            raise self._judged(error) from error

    async def get(self, path: str, *, params: Mapping[str, str | int] | None = None) -> Answer:
        return await self.send("GET", path, params=params)

    async def post(self, path: str, *, json: Any = None, headers: Mapping[str, str] | None = None) -> Answer:
        return await self.send("POST", path, json=json, headers=headers)

    async def download(
        self,
        path: str,
        write: Callable[[bytes], object],
        *,
        params: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> int:
        """Hand a body of any length on as it comes; gives the status. Only a success is handed on."""
        request = self._http.build_request("GET", path, params=params, headers=headers)
        try:
            async with asyncio.timeout(self._timeouts.whole):
                response = await self._http.send(request, stream=True)
                try:
                    if response.is_success:
                        async for chunk in response.aiter_bytes():
                            write(chunk)
                finally:
                    await response.aclose()
                return response.status_code
        except TimeoutError as error:
            raise Uncertain(f"{self.base_url} did not finish within {self._timeouts.whole} seconds") from error
        except (httpx.HTTPError, aiohttp.ClientError, OSError) as error:
            raise self._judged(error) from error

    async def close(self) -> None:
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _exchange(self, request: httpx.Request) -> Answer:
        response = await self._http.send(request, stream=True)
        try:
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > self._max_answer_bytes:
                    raise Uncertain(f"{self.base_url} answered with more than {self._max_answer_bytes} bytes")
        finally:
            await response.aclose()
        charset = response.charset_encoding or "utf-8"
        return Answer(response.status_code, dict(response.headers), bytes(body), charset)

    def _judged(self, error: Exception) -> Unavailable:
        if _surely_not_sent(error):
            return NotSent(f"{self.base_url} cannot be reached")
        return Uncertain(f"{self.base_url} broke off the exchange")


def _surely_not_sent(error: Exception) -> bool:
    """Judge by aiohttp's own error: the transport calls a reset after sending a `ConnectTimeout` too."""
    cause = error.__cause__
    if isinstance(cause, aiohttp.ClientError):
        return isinstance(cause, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError | aiohttp.InvalidURL)
    return isinstance(error, httpx.ConnectError | httpx.UnsupportedProtocol)


def _network(connections: int) -> AiohttpTransport:
    """Made when first used, inside the running loop. Trusts the certificates that the machine trusts."""

    def session() -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(limit=connections)
        return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())

    return AiohttpTransport(client=session, trust_env=False)
