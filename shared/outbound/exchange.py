"""What stands behind `OutboundClient`: httpx is the interface and aiohttp the transport.

httpx's own transport made 245 requests a second with 50 in flight, this one 2,400-2,800. It never repeats a request
and never judges a status code.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from email.message import Message
from functools import lru_cache
from io import BytesIO
from ssl import PROTOCOL_TLS_CLIENT, SSLContext
from typing import Any

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

from shared.errors import Unavailable
from shared.outbound.client import Answer, Flow, NotSent, Timeouts, Uncertain

_ADDRESSES_IN_MEMORY = 64
"""The few that are asked again and again. The pages of a list never are: 1,024 of them were 0.6 MB, reading an address
takes 24 µs of the millisecond and more that a page costs."""


class Exchange:
    """One httpx client for one base address."""

    def __init__(
        self,
        base_url: str,
        timeouts: Timeouts,
        headers: Mapping[str, str] | None,
        max_answer_bytes: int,
        *,
        connections: int,
        app: Callable[..., Awaitable[None]] | None,
    ) -> None:
        self._base_url = base_url
        self._whole = timeouts.whole
        self._max_answer_bytes = max_answer_bytes
        self._transport: httpx.AsyncBaseTransport = _network(connections) if app is None else httpx.ASGITransport(app)
        self._http = httpx.AsyncClient(
            base_url=base_url,
            headers=headers,
            timeout=httpx.Timeout(timeouts.silence, connect=timeouts.connect, pool=timeouts.whole),
            transport=self._transport,
            follow_redirects=False,
            trust_env=False,
        )
        self._usual = [(name.lower(), (name, value)) for name, value in self._http.headers.raw]
        self._address = lru_cache(_ADDRESSES_IN_MEMORY)(self._read_address)

    async def send(self, method: str, path: str, given: Mapping[str, Any]) -> Answer:
        """One request with what `httpx` takes besides (parameters, headers, a body), one whole answer."""
        request = self._request(method, path, **given)
        try:
            async with asyncio.timeout(self._whole):
                return await self._answer(request)
        except TimeoutError as error:
            raise self._unfinished() from error
        except (httpx.HTTPError, aiohttp.ClientError, OSError) as error:
            raise self._judged(error) from error

    async def download(self, path: str, write: Callable[[bytes], object], given: Mapping[str, Any]) -> Answer:
        """Hand the body of a success on as it comes, and give the answer without it; anything else whole."""
        request = self._request("GET", path, **given)
        try:
            async with asyncio.timeout(self._whole):
                response = await self._sent(request)
                if not response.is_success:
                    return await self._whole_answer(response)
                try:
                    async for chunk in response.aiter_bytes():
                        write(chunk)
                finally:
                    await response.aclose()
                return Answer(response.status_code, dict(response.headers.items()), b"")
        except TimeoutError as error:
            raise self._unfinished() from error
        except (httpx.HTTPError, aiohttp.ClientError, OSError) as error:
            raise self._judged(error) from error

    async def flow(self, method: str, path: str, given: Mapping[str, Any], silence: float) -> Flow | Answer:
        """A success as it comes, anything else whole."""
        patience = httpx.Timeout(silence, connect=self._http.timeout.connect, pool=self._http.timeout.pool)
        request = self._request(method, path, timeout=patience, **given)
        try:
            response = await self._sent(request)
            if not response.is_success:
                return await self._whole_answer(response)
        except (httpx.HTTPError, aiohttp.ClientError, OSError) as error:
            raise self._judged(error) from error
        return Flow(dict(response.headers.items()), self._pieces(response), response.aclose)

    async def close(self) -> None:
        await self._http.aclose()

    def _request(
        self,
        method: str,
        path: str,
        *,
        timeout: httpx.Timeout | None = None,
        headers: Mapping[str, str] | None = None,
        **given: Any,
    ) -> httpx.Request:
        """What the client would build. It reads an address three times and copies the headers twice, which took as long
        as everything else on the way to the transport."""
        own = [(name.encode("ascii"), value.encode("ascii")) for name, value in (headers or {}).items()]
        taken = {name.lower() for name, _ in own}
        usual = [header for name, header in self._usual if name not in taken]
        patience = {"timeout": (timeout or self._http.timeout).as_dict()}
        return httpx.Request(method, self._address(path), headers=[*usual, *own], extensions=patience, **given)

    def _read_address(self, path: str) -> httpx.URL:
        """A whole address stands for itself, anything else lies under the base address."""
        whole = path.startswith(("http://", "https://"))
        return httpx.URL(path if whole else f"{self._base_url.rstrip('/')}/{path.lstrip('/')}")

    async def _pieces(self, response: httpx.Response) -> AsyncIterator[bytes]:
        try:
            async for piece in response.aiter_bytes():
                yield piece
        except (httpx.HTTPError, aiohttp.ClientError, OSError) as error:
            raise self._judged(error) from error

    async def _answer(self, request: httpx.Request) -> Answer:
        return await self._whole_answer(await self._sent(request))

    async def _sent(self, request: httpx.Request) -> httpx.Response:
        """Past what the client does on the way: we follow no redirect, keep no cookie and authenticate by headers."""
        return await self._transport.handle_async_request(request)

    async def _whole_answer(self, response: httpx.Response) -> Answer:
        body = BytesIO()  # gives what was written without a copy: a page of a list would stand in memory twice
        try:
            async for chunk in response.aiter_bytes():
                body.write(chunk)
                if body.tell() > self._max_answer_bytes:
                    raise Uncertain(f"{self._base_url} answered with more than {self._max_answer_bytes} bytes")
        finally:
            await response.aclose()
        headers = dict(response.headers.items())  # without `items` each name is looked for among all of them
        return Answer(response.status_code, headers, body.getvalue(), _charset(headers.get("content-type", "")))

    def _unfinished(self) -> Uncertain:
        return Uncertain(f"{self._base_url} did not finish within {self._whole} seconds")

    def _judged(self, error: Exception) -> Unavailable:
        if _surely_not_sent(error):
            return NotSent(f"{self._base_url} cannot be reached")
        return Uncertain(f"{self._base_url} broke off the exchange")


@lru_cache(64)
def _charset(content_type: str) -> str:
    header = Message()
    header["content-type"] = content_type
    return str(header.get_content_charset("utf-8"))


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

    # Its own context would go to sessions that it makes itself: 2 MB of certificates a client, read and never used.
    return AiohttpTransport(verify=SSLContext(PROTOCOL_TLS_CLIENT), client=session, trust_env=False)
