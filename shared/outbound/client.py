"""Talks HTTP to one other system, and says in which of two ways it failed.

`NotSent`: no connection came about, so the other side surely did nothing. `Uncertain`: the request may have
arrived, and only a look can tell. Nothing here repeats a request or judges a status code.
"""

import json
from codecs import getincrementaldecoder
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from shared.errors import Unavailable

_PIECE = 64 * 1024


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

    @property
    def utf8(self) -> bytes:
        """The text in UTF-8: the body itself where it is that, so that a long one is not held twice."""
        return self.body if _is_utf8(self) else self.text.encode()

    def json(self) -> Any:
        """The body as JSON; raises `ValueError` when it is none."""
        return json.loads(self.body)


def _is_utf8(answer: Answer) -> bool:
    if answer.charset.lower() not in ("utf-8", "utf8"):
        return False
    read = getincrementaldecoder("utf-8")().decode
    try:
        for begin in range(0, len(answer.body), _PIECE):
            read(answer.body[begin : begin + _PIECE])
        read(b"", True)
    except UnicodeDecodeError:
        return False
    return True


@dataclass(frozen=True)
class Flow:
    """A success whose body comes piece by piece, of any length. To be closed, read or not."""

    headers: Mapping[str, str]
    pieces: AsyncIterator[bytes] = field(repr=False)
    close: Callable[[], Awaitable[None]] = field(repr=False)


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
        from shared.outbound.exchange import Exchange  # 10 MB that a process which asks nobody does without

        self.base_url = base_url
        bounds = timeouts or Timeouts()
        self._exchange = Exchange(base_url, bounds, headers, max_answer_bytes, connections=connections, app=app)

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
        given = {"params": params, "json": json, "content": content, "headers": headers}
        return await self._exchange.send(method, path, given)

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
    ) -> Answer:
        """Hand a body of any length on as it comes; gives the answer without it. Only a success is handed on: anything
        else is given whole."""
        return await self._exchange.download(path, write, {"params": params, "headers": headers})

    async def flow(
        self,
        method: str,
        path: str,
        *,
        silence: float,
        params: Mapping[str, str | int] | None = None,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Flow | Answer:
        """A success as it comes, anything else whole. Nothing bounds how long it is; `silence` bounds each wait."""
        given = {"params": params, "json": json, "headers": headers}
        return await self._exchange.flow(method, path, given, silence)

    async def close(self) -> None:
        await self._exchange.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
