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
from shared.errors import MALFORMED, TOO_MANY_REQUESTS, Problem
from shared.web.auth import PUBLIC
from shared.web.rate import Buckets, address_of, not_too_often

AUTHORIZE_PATH = "/authorize"
INVITATION_PATH = "/invitation"
_FOLDER = Path(__file__).parent / "templates"
_LONGEST = 2000
_HASHES_AT_ONCE = 2


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
        return _page(request, "sign_in.html", asked.redirect_uri, wrong=False)

    @router.post(AUTHORIZE_PATH, summary="Name and password")
    async def post(request: Request) -> Response:
        asked = redirects.asked(request.query_params)
        not_too_often(request, addresses)
        fields = await _fields(request)
        name = fields.get("name", "")
        tried = f"{address_of(request)} {name}"
        if names.wait(tried):  # for one address: nobody elsewhere can keep this person out
            raise Problem(TOO_MANY_REQUESTS, "Too many tries for this name.", retry_after_seconds=60)
        async with hashing:
            account = await asyncio.to_thread(accounts.authenticated, name, fields.get("password", ""))
        if account is None:
            return _page(request, "sign_in.html", asked.redirect_uri, status=401, wrong=True)
        answer = {"code": grants.code(account, asked), "state": request.query_params.get("state", "")[:_LONGEST]}
        return RedirectResponse(f"{asked.redirect_uri}?{urlencode(answer)}", 303)

    @router.get(INVITATION_PATH, summary="The page of an invitation")
    async def invitation(request: Request, code: str = "") -> Response:
        invited = accounts.invitation(code[:_LONGEST])
        status = 200 if invited else 404
        return _page(request, "invitation.html", None, status=status, invited=invited, refusal="", accepted=False)

    @router.post(INVITATION_PATH, summary="Set the password of an invited person")
    async def accept(request: Request, code: str = "") -> Response:
        not_too_often(request, addresses)
        fields, refusal = await _fields(request), ""
        invited = accounts.invitation(code[:_LONGEST])
        if fields.get("password") != fields.get("again"):
            refusal = "differ"
        else:
            try:
                async with hashing:
                    await asyncio.to_thread(accounts.accept, code[:_LONGEST], fields.get("password", ""))
            except AccountRefused:
                refusal = "length" if invited else "used"
        status = 400 if refusal else 200
        values = {"invited": invited, "refusal": refusal, "accepted": not refusal}
        return _page(request, "invitation.html", None, status=status, **values)

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


async def _fields(request: Request) -> dict[str, str]:
    async with request.form(max_files=0, max_fields=10) as form:
        fields = {name: value for name, value in form.multi_items() if isinstance(value, str)}
    if any(len(value) > _LONGEST for value in fields.values()):
        raise Problem(MALFORMED, f"A field is longer than {_LONGEST} characters.")
    return fields


def _page(request: Request, name: str, returns_to: str | None, *, status: int = 200, **values: Any) -> Response:
    """A browser follows the redirect after a form only where `form-action` lets it, so it names the client's origin."""
    asked = request.query_params.get("lang") or request.query_params.get("ui_locales", "")
    lang = "en" if asked.startswith("en") else "zh"
    other = dict(request.query_params) | {"lang": "zh" if lang == "en" else "en"}
    text = (
        _pages()
        .get_template(name)
        .render(lang=lang, t=TEXTS[lang], action=f"?{request.url.query}", other=f"?{urlencode(other)}", **values)
    )
    parts = urlsplit(returns_to or "")
    origin = f" {parts.scheme}://{parts.netloc}" if returns_to else ""
    policy = (
        f"default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'{origin}"
    )
    headers = {"Content-Security-Policy": policy}
    return Response(text, status, media_type="text/html; charset=utf-8", headers=headers)


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
