"""`/sign-in`, the way back from the provider, and `/sign-out`.

The way there is remembered in a sealed cookie of its own, which the provider's redirect may carry back (SameSite=Lax);
the session cookie is strict, so the way back ends on a page of ours that goes on by itself.
"""

import hashlib
import json
import secrets

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from services.sync.dashboard.actions import own_origin
from services.sync.dashboard.desk import DashboardDesk, Desk
from services.sync.dashboard.page import language, present, safe_path
from services.sync.dashboard.session import SessionTooLarge
from services.sync.dashboard.settings import SIGN_IN_CALLBACK
from services.sync.dashboard.sign_in.provider import SignInFailed
from shared.errors import Problem, Unavailable
from shared.sealing import SealBroken
from shared.web.auth import PUBLIC

log = structlog.get_logger()

router = APIRouter(dependencies=[PUBLIC])

_CONTEXT = "dashboard sign-in"
_COOKIE = "creditsync-sign-in-"
_QUESTIONS = 5
"""Several tabs may ask at once, each with a cookie of its own; an older question gives way."""
_MINUTES = 10


@router.get("/sign-in")
async def sign_in(request: Request, desk: Desk, to: str = "/") -> Response:
    """Send the browser to the provider; `to` is the page to come back to."""
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    address = await desk.provider.address(state, nonce, verifier, language(request))
    response = RedirectResponse(address, 303)
    sealed = desk.cookie.sealer.seal(json.dumps([state, nonce, verifier, safe_path(to)]), _CONTEXT).hex()
    secure = desk.cookie.secure
    for name in [name for name in request.cookies if name.startswith(_COOKIE)][: 1 - _QUESTIONS or None]:
        response.delete_cookie(name, path="/sign-in")
    response.set_cookie(
        _name(state), sealed, path="/sign-in", max_age=_MINUTES * 60, secure=secure, httponly=True, samesite="lax"
    )
    return response


@router.get(SIGN_IN_CALLBACK)
async def callback(request: Request, desk: Desk, code: str = "", state: str = "") -> Response:
    """The provider sent the browser back. The token is checked here as the services will check it: what they refuse
    would lead back to the sign-in for ever."""
    try:
        expected, nonce, verifier, to = _under_way(request, desk, state)
        if not code or not secrets.compare_digest(expected, state):
            raise SignInFailed("the answer does not belong to this browser's question")
        session = await desk.provider.session(code, nonce, verifier)
        await desk.verifier.verify(session.access_token)
        response = present(request, "signed_in", {"to": to})
        desk.cookie.write(response, desk.cookie.begun(request, session))
    except (SignInFailed, Unavailable, Problem, SessionTooLarge) as error:
        log.warning("sign_in_failed", reason=str(error))
        return present(request, "sign_in_failed", status=502 if isinstance(error, Unavailable) else 400)
    response.delete_cookie(_name(state), path="/sign-in")
    return response


@router.post("/sign-out")
async def sign_out(request: Request, desk: Desk) -> Response:
    """Forget the session in this browser, and say where the provider's own one ends."""
    own_origin(request, desk)
    try:
        farewell = await desk.provider.farewell()
    except (SignInFailed, Unavailable):
        farewell = None
    response = present(request, "signed_out", {"farewell": farewell})
    desk.cookie.end(request, response)
    return response


def _name(state: str) -> str:
    return _COOKIE + hashlib.sha256(state.encode()).hexdigest()[:12]


def _under_way(request: Request, desk: DashboardDesk, state: str) -> tuple[str, str, str, str]:
    try:
        opened = desk.cookie.sealer.open(bytes.fromhex(request.cookies.get(_name(state), "")), _CONTEXT)
        expected, nonce, verifier, to = json.loads(opened)
    except (ValueError, SealBroken):
        raise SignInFailed("this browser has asked for no sign-in lately") from None
    return expected, nonce, verifier, to
