"""What surrounds every request, as pure ASGI: an identifier, safe headers, a bound on size and number, a measure.

None of it knows a business rule. Serves G12 (an unforeseen error says nothing about its values) and G15.
"""

import re
from typing import Any

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.clock import stopwatch
from shared.errors import OVERLOADED, TOO_LARGE, Problem
from shared.ids import new_id
from shared.observability.metrics import http_request_seconds, http_requests_in_flight
from shared.web.precedence import Precedence
from shared.web.problems import internal_response, problem_response

log = structlog.get_logger()

_GIVEN_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_READING = frozenset({"GET", "HEAD"})
_SAFE_HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)


class RequestFrame:
    """Outermost: gives the request its identifier, adds safe headers, and answers an unforeseen error with 500.

    A response that sets one of the safe headers itself keeps its own, such as a page with styles.
    """

    def __init__(self, app: ASGIApp, service: str) -> None:
        self._app = app
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _given_id(scope) or new_id()
        scope.setdefault("state", {})["request_id"] = request_id
        bound = structlog.contextvars.bind_contextvars(service=self._service, request_id=request_id)
        try:
            await self._answered(scope, receive, send, request_id)
        finally:
            structlog.contextvars.reset_contextvars(**bound)
            structlog.contextvars.unbind_contextvars("caller")

    async def _answered(self, scope: Scope, receive: Receive, send: Send, request_id: str) -> None:
        started = False

        async def send_framed(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                message["headers"] = _framed(message.get("headers", ()), request_id)
            await send(message)

        try:
            await self._app(scope, receive, send_framed)
        except ClientDisconnect:
            log.info("caller_went_away", route=_route(scope))
        except Exception:
            log.exception("request_failed", method=scope["method"], route=_route(scope))
            if started:
                raise
            await internal_response(request_id)(scope, receive, send_framed)


class Metered:
    """Counts and times each request under its route template, so that identifiers never become labels."""

    def __init__(self, app: ASGIApp, service: str) -> None:
        self._app = app
        self._service = service
        # Looking a child up by its labels costs as much as observing; the set is closed, so keep them.
        self._children: dict[tuple[str, str, int], Any] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 500
        began = stopwatch()

        async def send_noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, send_noted)
        finally:
            self._child(scope, status).observe(stopwatch() - began)

    def _child(self, scope: Scope, status: int) -> Any:
        method = scope["method"] if scope["method"] in _METHODS else "other"
        key = (method, _route(scope), status)
        child = self._children.get(key)
        if child is None:
            child = self._children[key] = http_request_seconds.labels(self._service, method, key[1], str(status))
        return child


class Bounded:
    """Refuses a body above the limit, announced or streamed, and more requests at once than can be served.

    Health answers are exempt from the second: an overloaded service must still say that it lives. Whoever only reads
    takes precedence over long work.
    """

    def __init__(
        self, app: ASGIApp, service: str, max_body_bytes: int, max_in_flight: int, precedence: Precedence
    ) -> None:
        self._app = app
        self._precedence = precedence
        self._max_body_bytes = max_body_bytes
        self._max_in_flight = max_in_flight
        self._in_flight = 0
        self._gauge = http_requests_in_flight.labels(service)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refused = self._refusal(scope)
        if refused is not None:
            response = problem_response(refused.kind, refused.detail, refused.members, scope["state"]["request_id"])
            await response(scope, receive, send)
            return
        self._in_flight += 1
        self._gauge.set(self._in_flight)
        reading = self._precedence.begin() if scope["method"] in _READING else None
        try:
            await self._app(scope, self._counting(receive), send)
        finally:
            if reading:
                self._precedence.end(reading)
            self._in_flight -= 1
            self._gauge.set(self._in_flight)

    def _refusal(self, scope: Scope) -> Problem | None:
        if _announced_length(scope) > self._max_body_bytes:
            return self._too_large()
        if self._in_flight >= self._max_in_flight and not scope["path"].startswith("/health/"):
            return Problem(OVERLOADED, "Too many requests are being worked on.", retry_after_seconds=1)
        return None

    def _counting(self, receive: Receive) -> Receive:
        received = 0

        async def receive_counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self._max_body_bytes:
                # FastAPI lets only an HTTPException through while it reads a body.
                raise HTTPException(TOO_LARGE.status) from self._too_large()
            return message

        return receive_counted

    def _too_large(self) -> Problem:
        return Problem(TOO_LARGE, "The body is larger than allowed.", limit=self._max_body_bytes)


def _given_id(scope: Scope) -> str | None:
    """The caller's own identifier, if it is harmless in a log."""
    for key, value in scope["headers"]:
        if key == b"x-request-id":
            return value.decode("ascii") if _GIVEN_ID.fullmatch(value) else None
    return None


def _announced_length(scope: Scope) -> int:
    for key, value in scope["headers"]:
        if key == b"content-length":
            return int(value) if value.isdigit() else 0
    return 0


def _framed(headers: Any, request_id: str) -> list[tuple[bytes, bytes]]:
    framed = list(headers)
    present = {key for key, _ in framed}
    framed += [header for header in _SAFE_HEADERS if header[0] not in present]
    framed.append((b"x-request-id", request_id.encode("ascii")))
    return framed


def _route(scope: Scope) -> str:
    return getattr(scope.get("route"), "path", None) or "unmatched"
