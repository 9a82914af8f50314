"""Reads the four services with the operator's own token, and remembers since when one of them has not answered.

A reading never raises for a service that is down, slow or refuses: the page shows the panel greyed with the reason, so
that nothing looks healthy because it is dead. An action is sent once; whether it took effect is what the answer says.
"""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from services.sync.dashboard.older_answers import Asked, told
from services.sync.dashboard.session import SignInNeeded
from shared.clock import Clock
from shared.errors import UNKNOWN_PARAMETER, Unavailable
from shared.outbound.client import Answer, Flow, NotSent, OutboundClient

Params = Mapping[str, str | int | None]
_FILE_SILENCE = 60.0
"""A service may make a workbook for so long before its first byte."""
Why = Literal["down", "refused", "failed", "absent", "older"]


@dataclass(frozen=True)
class Reading:
    """What a service answered, or why it did not: `down` since an instant, `refused` for lack of a scope, `absent`
    (404), `older` when it lacks what the page shows or does not know what the page asks, `failed` for every other
    answer. `detail` and `advice` are the service's own words, `kind` is the type of its problem."""

    service: str
    data: Any = None
    why: Why | None = None
    since: datetime | None = None
    detail: str = ""
    advice: str = ""
    status: int = 200
    kind: str = ""

    @property
    def ok(self) -> bool:
        return self.why is None


@dataclass(frozen=True)
class File:
    """A file that a service hands out, passed on as it comes and as it is. `length` in bytes, when it is known."""

    flow: Flow
    media_type: str
    disposition: str
    length: str | None


@dataclass
class Services:
    """The four services as HTTP clients, and since when each has been silent."""

    clients: Mapping[str, OutboundClient]
    clock: Clock
    silent_since: dict[str, datetime] = field(default_factory=dict)

    def reader(self, token: str, older: Collection[Asked] = ()) -> "Reader":
        """`older` are answers of which the page has found by now that they lack what it shows."""
        return Reader(self, {"Authorization": f"Bearer {token}"}, older)

    async def close(self) -> None:
        for client in self.clients.values():
            await client.close()


@dataclass(frozen=True)
class Reader:
    """Reads and acts with one person's token."""

    services: Services
    headers: Mapping[str, str]
    older: Collection[Asked] = ()

    async def read(self, service: str, path: str, params: Params | None = None) -> Reading:
        """One reading. Parameters that are `None` or empty are left out."""
        asked = (service, path)
        if asked in self.older:
            return Reading(service, why="older", status=502)
        found = await self._exchanged(service, "GET", path, params=_given(params))
        return replace(found, data=told(found.data, asked)) if found.ok else found

    async def read_all(self, **asked: tuple[str, str] | tuple[str, str, Params]) -> dict[str, Reading]:
        """Several readings at once, by name: `await reader.read_all(counts=("sync", "/v1/placement-counts"))`."""
        readings = await asyncio.gather(*(self.read(*one) for one in asked.values()))
        return dict(zip(asked, readings, strict=True))

    async def act(self, service: str, path: str, body: Any, *, key: str, method: str = "POST") -> Reading:
        """Send an action under its idempotency key: the same form twice has one effect."""
        return await self._exchanged(service, method, path, body=body, headers={"Idempotency-Key": key})

    async def file(
        self, service: str, path: str, params: Params | None = None, body: Any = None, *, accept: str = "*/*"
    ) -> File | Reading:
        """A file of any length, such as an export, or why there is none."""
        method = "GET" if body is None else "POST"
        headers = {**self.headers, "Accept-Encoding": "identity", "Accept": accept}
        client = self.services.clients[service]
        try:
            answer = await client.flow(
                method, path, silence=_FILE_SILENCE, params=_given(params), json=body, headers=headers
            )
        except Unavailable as error:
            return self._down(service, error)
        if isinstance(answer, Answer):
            _signed_in(answer)
            return self._reading(service, answer)
        headed = answer.headers
        disposition = headed.get("content-disposition", "attachment")
        return File(answer, headed.get("content-type", ""), disposition, headed.get("content-length"))

    async def send_bytes(self, service: str, path: str, content: bytes, headers: Mapping[str, str]) -> Reading:
        """A piece of a file; the header says where in the file it begins, so that sending it twice is harmless."""
        client = self.services.clients[service]
        try:
            answer = await client.send("PATCH", path, content=content, headers={**self.headers, **headers})
        except Unavailable as error:
            return self._down(service, error)
        _signed_in(answer)
        return self._reading(service, answer)

    async def _exchanged(
        self,
        service: str,
        method: str,
        path: str,
        *,
        params: Mapping[str, str | int] | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reading:
        try:
            answer = await self._send(service, method, path, params, body, headers or {})
        except Unavailable as error:
            return self._down(service, error)
        return self._reading(service, answer)

    async def _send(
        self,
        service: str,
        method: str,
        path: str,
        params: Mapping[str, str | int] | None,
        body: Any,
        headers: Mapping[str, str],
    ) -> Answer:
        client = self.services.clients[service]
        answer = await client.send(method, path, params=params, json=body, headers={**self.headers, **headers})
        _signed_in(answer)
        return answer

    def _reading(self, service: str, answer: Answer) -> Reading:
        self.services.silent_since.pop(service, None)
        try:
            data = answer.json() if answer.body else None
        except ValueError:
            return Reading(service, why="failed", status=answer.status)
        if answer.ok:
            return Reading(service, data, status=answer.status)
        said = data if isinstance(data, dict) else {}
        kind = str(said.get("type", "")).rpartition(":")[2]
        return Reading(
            service,
            said,
            why=_why(answer.status, kind),
            detail=str(said.get("detail", "")),
            advice=str(said.get("advice", "")),
            status=answer.status,
            kind=kind,
        )

    def _down(self, service: str, error: Unavailable) -> Reading:
        since = self.services.silent_since.setdefault(service, self.services.clock.now())
        status = 503 if isinstance(error, NotSent) else 504
        return Reading(service, why="down", since=since, status=status)


def _why(status: int, kind: str) -> Why:
    """The dashboard sends what services of its own release know: who does not know it is older."""
    if kind == UNKNOWN_PARAMETER.slug:
        return "older"
    return "refused" if status == 403 else "absent" if status == 404 else "failed"


def _signed_in(answer: Answer) -> None:
    if answer.status == 401:
        raise SignInNeeded("the token is not accepted any more")


def _given(params: Params | None) -> dict[str, str | int] | None:
    return {name: value for name, value in params.items() if value not in (None, "")} if params else None
