"""An error that nobody foresaw becomes a page with its number, as people cannot read JSON; the log keeps the rest."""

import structlog
from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.sync.dashboard.page import present

log = structlog.get_logger()


class UnforeseenPage:
    """Innermost: what escapes a page is logged and answered with 500, unless the answer has begun."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def send_noted(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, send_noted)
        except Exception:
            if started:
                raise
            request_id = scope["state"]["request_id"]
            log.exception("page_failed", path=scope["path"], request_id=request_id)
            page = present(
                Request(scope), "failed", {"request_id": request_id, "acted": scope["method"] == "POST"}, status=500
            )
            await page(scope, receive, send)
