"""Writes the session back with whatever answer follows when the request renewed or prolonged it: a page, a live part,
a file or a redirect. A provider's fresh token must not be lost, as the former one may be worth nothing any more."""

from fastapi import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class KeptSession:
    """Adds the cookie to the head of the answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_kept(message: Message) -> None:
            session = scope.get("state", {}).get("session") if message["type"] == "http.response.start" else None
            if session is not None:
                written = Response()
                scope["app"].state.desk.cookie.write(written, session)
                cookies = [header for header in written.raw_headers if header[0] == b"set-cookie"]
                message["headers"] = [*message.get("headers", ()), *cookies]
            await send(message)

        await self._app(scope, receive, send_kept)
