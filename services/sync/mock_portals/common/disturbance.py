"""Slow answers and outages, for every path but the administrator's.

A slow answer is late only after the work is done: a client that gives up has been served, which is what makes a
time-out uncertain.
"""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.sync.mock_portals.common.faults import FaultName, Faults

_RETRY_AFTER = b"1"


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
            await _refuse(send, closed=down.mode == "closed")
            return
        slow = self._faults.take(FaultName.SLOW, face)
        await self._app(scope, receive, _late(send, slow.seconds) if slow else send)


def _late(send: Send, seconds: float) -> Send:
    async def late(message: Message) -> None:
        if message["type"] == "http.response.start":
            await asyncio.sleep(seconds)
        await send(message)

    return late


async def _refuse(send: Send, *, closed: bool) -> None:
    headers = [(b"retry-after", _RETRY_AFTER), (b"content-length", b"100" if closed else b"0")]
    await send({"type": "http.response.start", "status": 503, "headers": headers})
    # Fewer bytes than announced make the server close the connection in the middle of the answer.
    await send({"type": "http.response.body", "body": b"closing" if closed else b"", "more_body": closed})
