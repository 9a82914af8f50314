"""The identity provider as the dashboard meets it (OpenID Connect Core 1.0, RFC 6749, RFC 7636): where people are sent
to sign in, and how a code becomes a session. It keeps no secret of a person. Serves G15."""

import hashlib
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus, urlencode

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from services.sync.dashboard.session import Session, SignInNeeded
from shared.clock import Clock
from shared.errors import CreditsyncError, Unavailable
from shared.outbound.client import Answer, OutboundClient

_ALGORITHMS = ["Ed25519", "EdDSA", "ES256", "RS256", "PS256"]


class SignInFailed(CreditsyncError):
    """The provider did not confirm who this is."""


@dataclass(frozen=True)
class Registration:
    """What the provider knows the dashboard by."""

    client_id: str
    secret: str | None
    redirect_uri: str
    scope: str


class Provider:
    """One provider. Its endpoints are read from its discovery document when they are first needed."""

    def __init__(self, issuer: str, registration: Registration, client: OutboundClient, clock: Clock) -> None:
        self._issuer = issuer
        self._registration = registration
        self._client = client
        self._clock = clock
        self._document: dict[str, Any] | None = None

    async def address(self, state: str, nonce: str, verifier: str, lang: str) -> str:
        """Where to send the browser."""
        challenge = urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        query = {
            "response_type": "code",
            "client_id": self._registration.client_id,
            "redirect_uri": self._registration.redirect_uri,
            "scope": self._registration.scope,
            "state": state,
            "nonce": nonce,
            "ui_locales": "en" if lang == "en" else "zh-CN",
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return f"{(await self._discovered())['authorization_endpoint']}?{urlencode(query)}"

    async def session(self, code: str, nonce: str, verifier: str) -> Session:
        """Exchange a code. Raises `SignInFailed` when the provider or its token does not hold."""
        form = {"grant_type": "authorization_code", "code": code, "code_verifier": verifier}
        told = await self._token({**form, "redirect_uri": self._registration.redirect_uri})
        claims = await self._identity(str(told.get("id_token", "")), nonce)
        now = int(self._clock.now().timestamp())
        name = str(claims.get("name") or claims.get("preferred_username") or claims["sub"])[:120]
        return self._made(told, name, began_at=now, seen_at=now)

    async def renewed(self, session: Session) -> Session:
        """The session with a fresh token, or `SignInNeeded` when the provider gives none."""
        if not session.refresh_token:
            raise SignInNeeded("the token has ended")
        try:
            told = await self._token({"grant_type": "refresh_token", "refresh_token": session.refresh_token})
        except SignInFailed:
            raise SignInNeeded("the provider did not renew the token") from None
        told.setdefault("refresh_token", session.refresh_token)
        return self._made(told, session.name, began_at=session.began_at, seen_at=session.seen_at)

    async def farewell(self) -> str | None:
        """Where the provider lets people sign out of itself, if it says so."""
        where = str((await self._discovered()).get("end_session_endpoint", ""))
        if not where.startswith(("https://", "http://")):
            return None
        return f"{where}?{urlencode({'client_id': self._registration.client_id})}"

    def _made(self, told: dict[str, Any], name: str, *, began_at: int, seen_at: int) -> Session:
        lifetime = told.get("expires_in")
        if not isinstance(told.get("access_token"), str) or not isinstance(lifetime, int):
            raise SignInFailed("the provider gave no token with a lifetime")
        refresh = told.get("refresh_token")
        ends = int(self._clock.now().timestamp()) + lifetime
        return Session(told["access_token"], str(refresh) if refresh else None, name, ends, began_at, seen_at)

    async def _token(self, form: dict[str, str]) -> dict[str, Any]:
        document, headers = await self._discovered(), {"Content-Type": "application/x-www-form-urlencoded"}
        endpoint, secret = str(document["token_endpoint"]), self._registration.secret
        if secret is None or _takes_secrets_in_forms(document):
            form = {**form, "client_id": self._registration.client_id}
            form |= {"client_secret": secret} if secret else {}
        else:
            headers["Authorization"] = _basic(self._registration.client_id, secret)
        answer = await self._client.send("POST", endpoint, content=urlencode(form).encode(), headers=headers)
        return _object(answer, "a token")

    async def _identity(self, id_token: str, nonce: str) -> dict[str, Any]:
        """The claims of an identity token that was issued to us, now, for this very sign-in."""
        answer = await self._client.get(str((await self._discovered())["jwks_uri"]))
        try:
            keys = KeySet.import_key_set(_object(answer, "its keys"))  # type: ignore[arg-type]
            claims = jwt.decode(id_token, keys, algorithms=_ALGORITHMS).claims
            jwt.JWTClaimsRegistry(
                now=int(self._clock.now().timestamp()),
                leeway=30,
                iss={"essential": True, "value": self._issuer},
                aud={"essential": True, "value": self._registration.client_id},
                sub={"essential": True},
                exp={"essential": True},
                nonce={"essential": True, "value": nonce},
            ).validate(claims)
        except (JoseError, ValueError, TypeError) as error:
            raise SignInFailed("the provider's identity token does not hold") from error
        return claims

    async def _discovered(self) -> dict[str, Any]:
        if self._document is None:
            answer = await self._client.get(f"{self._issuer.rstrip('/')}/.well-known/openid-configuration")
            document = _object(answer, "its configuration")
            if document.get("issuer") != self._issuer:
                raise SignInFailed("the provider calls itself by another name than CREDITSYNC_ISSUER")
            self._document = document
        return self._document


def _takes_secrets_in_forms(document: Mapping[str, Any]) -> bool:
    """A provider that does not say how clients name themselves takes HTTP Basic (OpenID Connect Discovery 1.0, 3)."""
    methods = document.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    return "client_secret_post" in methods and "client_secret_basic" not in methods


def _basic(client_id: str, secret: str) -> str:
    """Both are encoded as in a form before they are joined (RFC 6749 section 2.3.1)."""
    return "Basic " + b64encode(f"{quote_plus(client_id)}:{quote_plus(secret)}".encode()).decode()


def _object(answer: Answer, what: str) -> dict[str, Any]:
    if answer.status >= 500:
        raise Unavailable(f"the identity provider answered {answer.status} when asked for {what}")
    try:
        told = answer.json()
    except ValueError:
        told = None
    if not answer.ok or not isinstance(told, dict):
        raise SignInFailed(f"the identity provider answered {answer.status} when asked for {what}")
    return told
