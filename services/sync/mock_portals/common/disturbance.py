"""Slow answers, outages and renamed fields, for every path but the administrator's.

A slow answer is late only after the work is done: a client that gives up has been served, which is what makes a
time-out uncertain.
"""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.sync.mock_portals.common.faults import Fault, FaultName, Faults

_RETRY_AFTER = b"1"
_MAINTENANCE = "<!doctype html><title>系统维护</title><p>系统升级维护中，请稍后访问。</p>".encode()


class Disturbance:
    """ASGI middleware, so that an undisturbed request costs next to nothing."""

    def __init__(self, app: ASGIApp, faults: Faults) -> None:
        self._app = app
        self._faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith("/admin/") or not self._faults.present():
            await self._app(scope, receive, send)
            return
        face = "wire" if scope["path"].startswith("/api/") else "public"
        down = self._faults.take(FaultName.DOWN, face)
        if down is not None:
            await _down(send, down)
            return
        renamed = self._faults.standing(FaultName.RENAMED, face)
        send = _Renaming(send, renamed).send if renamed else send
        slow = self._faults.take(FaultName.SLOW, face)
        await self._app(scope, receive, _late(send, slow.seconds) if slow else send)


def _late(send: Send, seconds: float) -> Send:
    async def late(message: Message) -> None:
        if message["type"] == "http.response.start":
            await asyncio.sleep(seconds)
        await send(message)

    return late


class _Renaming:
    """One word of every answer is another one: a caption on the pages, a member's name on the wire."""

    def __init__(self, send: Send, fault: Fault) -> None:
        self._send = send
        self._words = ((fault.field or "").encode(), (fault.value or "").encode())
        self._start: Message = {}
        self._body = b""

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
            return
        self._body += message.get("body", b"")
        if message.get("more_body"):
            return
        body = self._body.replace(*self._words)
        headers = [one for one in self._start["headers"] if one[0].lower() != b"content-length"]
        length = (b"content-length", str(len(body)).encode())
        await self._send({**self._start, "headers": [*headers, length]})
        await self._send({"type": "http.response.body", "body": body})


async def _down(send: Send, fault: Fault) -> None:
    if fault.mode == "page":
        await _answer(send, 200, [(b"content-type", b"text/html; charset=utf-8")], _MAINTENANCE)
    elif fault.mode == "busy":
        await _answer(send, 429, [(b"retry-after", str(round(fault.seconds)).encode())], b"")
    else:
        await _refuse(send, closed=fault.mode == "closed")


async def _answer(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [*headers, length]})
    await send({"type": "http.response.body", "body": body})


async def _refuse(send: Send, *, closed: bool) -> None:
    headers = [(b"retry-after", _RETRY_AFTER), (b"content-length", b"100" if closed else b"0")]
    await send({"type": "http.response.start", "status": 503, "headers": headers})
    # Fewer bytes than announced make the server close the connection in the middle of the answer.
    await send({"type": "http.response.body", "body": b"closing" if closed else b"", "more_body": closed})
