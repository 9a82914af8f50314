"""The identity provider of the embedded mode: client credentials in, a signed token out, public keys for verifiers.

Keys and clients are made once under the data folder, readable by its owner only. It stands in for the bureau's
provider and is no part of production. Serves G15: even on one machine no call goes without an identity.
"""

import base64
import binascii
import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qs, unquote

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import JSONResponse
from joserfc import jwt
from joserfc.jwk import OKPKey

from services.accounts.grants import GrantRefused, Grants
from services.accounts.routes import Redirects, discovery, sign_in_router, style_router
from services.accounts.store import Accounts
from services.clients import PREDEFINED, Client
from shared.clock import Clock
from shared.errors import CreditsyncError, StartRefused
from shared.ids import new_id
from shared.sealing import Sealer, fresh_secret
from shared.secret_files import read_or_make, write_secret
from shared.settings import HouseSettings
from shared.web.app import create_api
from shared.web.auth import PUBLIC

TOKEN_PATH = "/token"  # noqa: S105 - a path
JWKS_PATH = "/.well-known/jwks.json"
LIFETIME = timedelta(hours=1)
_ALGORITHM = "Ed25519"
_FORM_BYTES = 16 * 1024


class TokenRefused(CreditsyncError):
    """A refusal in the words of RFC 6749 section 5.2."""

    def __init__(self, error: str, status: int = 400) -> None:
        super().__init__(error)
        self.error = error
        self.status = status


def ensure_identity(data_dir: Path, clients: Sequence[Client] = PREDEFINED) -> dict[str, str]:
    """Make what is missing and give the secret of each client. Repeating it changes no key and no secret.

    Secrets are 256 random bits, so a plain SHA-256 of them is kept for checking: there is nothing to guess that a
    slow hash could protect, and a slow one would let anyone keep the issuer busy.
    """
    folder = _folder(data_dir)
    key = OKPKey.import_key(json.loads(read_or_make(folder / "signing.json", _new_signing_key)))
    _replace_json(folder / "jwks.json", {"keys": [{**key.as_dict(private=False), "use": "sig", "alg": _ALGORITHM}]})
    known: dict[str, str] = json.loads(read_or_make(folder / "client-secrets.json", lambda: b"{}"))
    known |= {one.client_id: secrets.token_urlsafe(32) for one in clients if one.client_id not in known}
    _replace_json(folder / "client-secrets.json", known)
    register = {one.client_id: {**asdict(one), "secret_sha256": _digest(known[one.client_id])} for one in clients}
    _replace_json(folder / "clients.json", register)
    return {one.client_id: known[one.client_id] for one in clients}


def mint(
    data_dir: Path,
    client_id: str,
    *,
    issuer: str,
    audience: str,
    clock: Clock,
    scopes: Iterable[str] | None = None,
    lifetime: timedelta = LIFETIME,
) -> str:
    """A token for one of the registered clients, with all of its scopes or some of them."""
    register = _register(data_dir)
    if client_id not in register:
        raise StartRefused(f"there is no client {client_id}; known are {', '.join(sorted(register))}")
    return _Mint(data_dir, issuer, audience, clock).token(register[client_id], scopes, lifetime)[0]


def create_issuer(
    settings: HouseSettings, clock: Clock, redirects: Mapping[str, str] = MappingProxyType({})
) -> FastAPI:
    """The application with the token endpoint, the public keys, and the pages where people sign in.

    `redirects` holds for each client of people, such as the dashboard, the one address to which they are sent back.
    """
    minting = _Mint(settings.data_dir, settings.issuer, settings.audience, clock)
    accounts = Accounts(settings.data_dir, clock)
    sealer = Sealer(read_or_make(_folder(settings.data_dir) / "codes.key", fresh_secret))
    grants = Grants(accounts, sealer, minting.sign, clock, settings.issuer, settings.audience)
    register = _register(settings.data_dir)
    jwks = json.loads((_folder(settings.data_dir) / "jwks.json").read_bytes())
    router = APIRouter(dependencies=[PUBLIC])

    @router.post(TOKEN_PATH, summary="A token for client credentials (RFC 6749 section 4.4)")
    async def token(request: Request) -> JSONResponse:
        try:
            form = _form(await request.body())
            if form.get("grant_type") in ("authorization_code", "refresh_token"):
                return JSONResponse(_granted(grants, form))
            client = _authenticated(register, request.headers.get("authorization", ""), form)
            scopes = form["scope"].split() if form.get("scope") else None
            text, granted = minting.token(client, scopes, LIFETIME)
        except TokenRefused as refusal:
            headers = {"WWW-Authenticate": "Basic"} if refusal.status == 401 else None
            return JSONResponse({"error": refusal.error}, refusal.status, headers)
        lifetime = int(LIFETIME.total_seconds())
        return JSONResponse(
            {"access_token": text, "token_type": "Bearer", "expires_in": lifetime, "scope": " ".join(granted)}
        )

    @router.get(JWKS_PATH, summary="Public keys")
    async def keys() -> dict[str, Any]:
        return dict(jwks)

    @router.get("/.well-known/openid-configuration", summary="Discovery document")
    async def configuration() -> dict[str, Any]:
        return discovery(settings.issuer, TOKEN_PATH, JWKS_PATH)

    people = [sign_in_router(accounts, grants, Redirects(redirects)), style_router()]
    return create_api("issuer", "creditsync local issuer", routers=[router, *people], settings=settings, verifier=None)


def _granted(grants: Grants, form: Mapping[str, str]) -> dict[str, Any]:
    """Tokens for a person who signed in, by code or by refresh token."""
    try:
        return grants.for_code(form) if form["grant_type"] == "authorization_code" else grants.for_refresh(form)
    except GrantRefused:
        raise TokenRefused("invalid_grant") from None


class _Mint:
    """Signs tokens with the local key."""

    def __init__(self, data_dir: Path, issuer: str, audience: str, clock: Clock) -> None:
        self._key = OKPKey.import_key(_read_json(_folder(data_dir) / "signing.json"))
        self._issuer = issuer
        self._audience = audience
        self._clock = clock

    def token(
        self, client: Mapping[str, Any], scopes: Iterable[str] | None, lifetime: timedelta
    ) -> tuple[str, list[str]]:
        granted = sorted(set(client["scopes"]) if scopes is None else set(scopes))
        if not set(granted) <= set(client["scopes"]):
            raise TokenRefused("invalid_scope")
        now = self._clock.now()
        claims = {
            "iss": self._issuer,
            "aud": self._audience,
            "sub": client["client_id"],
            "client_id": client["client_id"],
            "scope": " ".join(granted),
            "authorities": list(client["authorities"]),
            "subjects": list(client.get("subjects", ())),
            "iat": int(now.timestamp()),
            "nbf": int(now.timestamp()),
            "exp": int((now + lifetime).timestamp()),
            "jti": new_id(),
        }
        return self.sign(claims), granted

    def sign(self, claims: Mapping[str, Any]) -> str:
        header = {"alg": _ALGORITHM, "kid": self._key.kid, "typ": "at+jwt"}
        return jwt.encode(header, dict(claims), self._key, algorithms=[_ALGORITHM])


def _authenticated(
    register: Mapping[str, Mapping[str, Any]], authorization: str, form: Mapping[str, str]
) -> Mapping[str, Any]:
    """The client, known by Basic authentication or by form fields. An unknown one takes as long as a wrong secret."""
    if form.get("grant_type") != "client_credentials":
        raise TokenRefused("unsupported_grant_type")
    client_id, secret = _basic(authorization) if authorization else (form.get("client_id"), form.get("client_secret"))
    client = register.get(client_id or "", {})
    if not hmac.compare_digest(_digest(secret or ""), str(client.get("secret_sha256", ""))):
        raise TokenRefused("invalid_client", 401)
    return client


def _basic(authorization: str) -> tuple[str, str]:
    kind, _, credentials = authorization.partition(" ")
    try:
        user, _, secret = base64.b64decode(credentials, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise TokenRefused("invalid_client", 401) from None
    if kind.lower() != "basic":
        raise TokenRefused("invalid_client", 401)
    return unquote(user), unquote(secret)


def _form(body: bytes) -> dict[str, str]:
    if len(body) > _FORM_BYTES:
        raise TokenRefused("invalid_request")
    try:
        fields = parse_qs(body.decode("ascii"), max_num_fields=20)
    except ValueError:
        raise TokenRefused("invalid_request") from None
    if any(len(values) > 1 for values in fields.values()):
        raise TokenRefused("invalid_request")
    return {name: values[0] for name, values in fields.items()}


def _new_signing_key() -> bytes:
    key = OKPKey.generate_key("Ed25519")
    return json.dumps({**key.as_dict(private=True), "kid": key.thumbprint()}).encode()


def _register(data_dir: Path) -> dict[str, dict[str, Any]]:
    register: dict[str, dict[str, Any]] = _read_json(_folder(data_dir) / "clients.json")
    return register


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except FileNotFoundError:
        raise StartRefused(f"there is no local identity in {path.parent}: start with `creditsync up`") from None


def _replace_json(path: Path, content: Any) -> None:
    """Replaced as a whole, so that a reader never sees half of it."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    write_secret(partial, json.dumps(content, indent=1).encode())
    partial.replace(path)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _folder(data_dir: Path) -> Path:
    return data_dir / "keys"
