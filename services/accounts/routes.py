"""The pages where a person signs in or accepts an invitation, and the discovery document of the local provider.

Bounded tries for each address and each name; a wrong name and a wrong password look the same and take as long.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from services.accounts.grants import Asked, Grants
from services.accounts.store import AccountRefused, Accounts
from services.accounts.texts import TEXTS
from shared.errors import MALFORMED, Problem
from shared.web.auth import PUBLIC
from shared.web.rate import Buckets, address_of

AUTHORIZE_PATH = "/authorize"
INVITATION_PATH = "/invitation"
_FOLDER = Path(__file__).parent / "templates"
_LONGEST = 2000
_HASHES_AT_ONCE = 2
_STATUS = {"": 200, "wrong": 401, "gone": 404, "often": 429}
"""Of a page by what it refuses; anything else is a wrong entry."""


@dataclass(frozen=True)
class Redirects:
    """The one address to which each client's people are sent back."""

    of_client: Mapping[str, str]

    def asked(self, query: Mapping[str, str]) -> Asked:
        """What the client asks for, or a problem: an unknown address must never be redirected to."""
        asked = Asked(
            query.get("client_id", ""),
            query.get("redirect_uri", ""),
            query.get("nonce", "")[:_LONGEST],
            query.get("code_challenge", "")[:_LONGEST],
        )
        if not asked.redirect_uri or self.of_client.get(asked.client_id) != asked.redirect_uri:
            raise Problem(MALFORMED, "The client or the address to return to is not known here.")
        if query.get("response_type") != "code" or query.get("code_challenge_method") != "S256" or not asked.challenge:
            raise Problem(MALFORMED, "Only the authorization code with PKCE (S256) is served.")
        return asked


def sign_in_router(accounts: Accounts, grants: Grants, redirects: Redirects) -> APIRouter:
    """`/authorize`: the form, and what becomes of it."""
    router = APIRouter(dependencies=[PUBLIC])
    addresses, names = Buckets(burst=20, a_second=0.2), Buckets(burst=10, a_second=0.02)
    hashing = asyncio.Semaphore(_HASHES_AT_ONCE)

    @router.get(AUTHORIZE_PATH, summary="Where people sign in")
    async def form(request: Request) -> Response:
        asked = redirects.asked(request.query_params)
        return _page(request, "sign_in.html", asked.redirect_uri)

    @router.post(AUTHORIZE_PATH, summary="Name and password")
    async def post(request: Request) -> Response:
        asked = redirects.asked(request.query_params)
        fields, peer = await _fields(request), address_of(request)
        name = fields.get("name", "")
        # Tries for a name count for this address: nobody elsewhere can keep this person out.
        if seconds := addresses.wait(peer) or names.wait(f"{peer} {name}"):
            return _page(request, "sign_in.html", asked.redirect_uri, refusal="often", seconds=seconds)
        async with hashing:
            account = await asyncio.to_thread(accounts.authenticated, name, fields.get("password", ""))
        if account is None:
            return _page(request, "sign_in.html", asked.redirect_uri, refusal="wrong")
        answer = {"code": grants.code(account, asked), "state": request.query_params.get("state", "")[:_LONGEST]}
        return RedirectResponse(f"{asked.redirect_uri}?{urlencode(answer)}", 303)

    @router.get(INVITATION_PATH, summary="The page of an invitation")
    async def invitation(request: Request, code: str = "") -> Response:
        invited = accounts.invitation(code[:_LONGEST])
        refusal = "" if invited else "gone"
        return _page(request, "invitation.html", None, refusal=refusal, invited=invited, accepted=False)

    @router.post(INVITATION_PATH, summary="Set the password of an invited person")
    async def accept(request: Request, code: str = "") -> Response:
        fields, invited = await _fields(request), accounts.invitation(code[:_LONGEST])
        seconds = addresses.wait(address_of(request))
        async with hashing:
            refusal = "often" if seconds else await asyncio.to_thread(_accept, accounts, code[:_LONGEST], fields)
        values = {"invited": invited, "accepted": not refusal}
        return _page(request, "invitation.html", None, refusal=refusal, seconds=seconds, **values)

    return router


def discovery(issuer: str, token_path: str, jwks_path: str) -> dict[str, Any]:
    """What a client of OpenID Connect reads first."""
    base = issuer.rstrip("/")
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{base}{AUTHORIZE_PATH}",
        "token_endpoint": f"{base}{token_path}",
        "jwks_uri": f"{base}{jwks_path}",
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["Ed25519"],
        "code_challenge_methods_supported": ["S256"],
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
    }


def _accept(accounts: Accounts, code: str, fields: Mapping[str, str]) -> str:
    """Set the password of the invited person; what is wrong, if anything."""
    if accounts.invitation(code) is None:
        return "gone"
    if fields.get("password") != fields.get("again"):
        return "differ"
    try:
        accounts.accept(code, fields.get("password", ""))
    except AccountRefused:
        return "length" if accounts.invitation(code) else "gone"
    return ""


async def _fields(request: Request) -> dict[str, str]:
    async with request.form(max_files=0, max_fields=10) as form:
        fields = {name: value for name, value in form.multi_items() if isinstance(value, str)}
    if any(len(value) > _LONGEST for value in fields.values()):
        raise Problem(MALFORMED, f"A field is longer than {_LONGEST} characters.")
    return fields


def _page(
    request: Request, name: str, returns_to: str | None, *, refusal: str = "", seconds: int = 0, **values: Any
) -> Response:
    """A browser follows the redirect after a form only where `form-action` lets it, so it names the client's origin.
    `refusal` names the sentence that is shown, `seconds` when to come again."""
    asked = request.query_params.get("lang") or request.query_params.get("ui_locales", "")
    lang = "en" if asked.startswith("en") else "zh"
    other = dict(request.query_params) | {"lang": "zh" if lang == "en" else "en"}
    said = TEXTS[lang].get(refusal, "").format(seconds=seconds)
    shown = {"lang": lang, "t": TEXTS[lang], "said": said, "other": f"?{urlencode(other)}", **values}
    text = _pages().get_template(name).render(action=f"?{request.url.query}", **shown)
    parts = urlsplit(returns_to or "")
    origin = f" {parts.scheme}://{parts.netloc}" if returns_to else ""
    policy = (
        f"default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'{origin}"
    )
    headers = {"Content-Security-Policy": policy, **({"Retry-After": str(seconds)} if seconds else {})}
    return Response(text, _STATUS.get(refusal, 400), media_type="text/html; charset=utf-8", headers=headers)


def style_router() -> APIRouter:
    router = APIRouter(dependencies=[PUBLIC])

    @router.get("/accounts.css", summary="Style of the sign-in page")
    async def style() -> Response:
        text = (_FOLDER / "accounts.css").read_text(encoding="utf-8")
        return Response(text, media_type="text/css; charset=utf-8", headers={"Cache-Control": "public, max-age=300"})

    return router


@cache
def _pages() -> Environment:
    return Environment(loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True)
