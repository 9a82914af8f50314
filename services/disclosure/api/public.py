"""How the public column answers: not too often, without a cookie, and kept by nobody beyond midnight (G04)."""

import hashlib
from datetime import timedelta

from fastapi import Request, Response

from services.disclosure.api.desk import DisclosureDesk
from shared.clock import start_of_legal_day
from shared.web import rate

HTML = "text/html; charset=utf-8"
POLICY = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
_KEPT_SECONDS = 60


async def not_too_often(request: Request) -> None:
    """A dependency of every public route of the column."""
    rate.not_too_often(request, request.app.state.column_limits)


def kept(
    request: Request, desk: DisclosureDesk, text: str, media_type: str, headers: dict[str, str] | None = None
) -> Response:
    """An answer that may be kept for a minute, but not beyond the end of the legal day, when windows end."""
    left = start_of_legal_day(desk.today() + timedelta(days=1)) - desk.clock.now()
    return answer(request, text, media_type, min(_KEPT_SECONDS, int(left.total_seconds())), headers or {})


def answer(request: Request, text: str, media_type: str, seconds: int, headers: dict[str, str]) -> Response:
    """The body with its tag; only the tag when the caller has this very body already."""
    body = text.encode()
    tag = f'"{hashlib.blake2b(body, digest_size=16).hexdigest()}"'
    headers = {
        **headers,
        "ETag": tag,
        "Cache-Control": f"public, max-age={seconds}, must-revalidate",
        "Content-Security-Policy": POLICY,
    }
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=media_type, headers=headers)
