"""Codes and tokens of a person who signed in (RFC 6749 sections 4.1 and 6, RFC 7636): sealed values that the provider
itself can open, so that nothing is stored. A code works once, within two minutes, for one client and one address."""

import hashlib
import json
import secrets
from base64 import urlsafe_b64encode
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from services.accounts.roles import SCOPES
from services.accounts.store import Account, Accounts
from shared.clock import Clock
from shared.errors import CreditsyncError
from shared.sealing import SealBroken, Sealer
from shared.web.caller import EVERY_AUTHORITY

CODE_LIVES = timedelta(minutes=2)
REFRESH_LIVES = timedelta(hours=12)
TOKEN_LIVES = timedelta(minutes=15)
_REMEMBERED = 10_000

Sign = Callable[[Mapping[str, Any]], str]
"""Signs claims with the provider's key."""


class GrantRefused(CreditsyncError):
    """A code or refresh token that does not hold: `invalid_grant` of RFC 6749 section 5.2."""


@dataclass(frozen=True)
class Asked:
    """What a client asked for when it sent the person here."""

    client_id: str
    redirect_uri: str
    nonce: str
    challenge: str


class Grants:
    """Makes codes, and tokens for codes and refresh tokens."""

    def __init__(
        self, accounts: Accounts, sealer: Sealer, sign: Sign, clock: Clock, issuer: str, audience: str
    ) -> None:
        self._accounts = accounts
        self._sealer = sealer
        self._sign = sign
        self._clock = clock
        self._issuer = issuer
        self._audience = audience
        self._used: OrderedDict[str, None] = OrderedDict()

    def code(self, account: Account, asked: Asked) -> str:
        mark = secrets.token_urlsafe(12)
        ends = self._now() + int(CODE_LIVES.total_seconds())
        parts = [
            mark,
            ends,
            account.name,
            _epoch(account),
            asked.client_id,
            asked.redirect_uri,
            asked.nonce,
            asked.challenge,
        ]
        return self._sealed(parts, "code")

    def for_code(self, form: Mapping[str, str]) -> dict[str, Any]:
        mark, ends, name, epoch, client, redirect, nonce, challenge = self._opened(form.get("code", ""), "code", 8)
        made = urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest()).decode().rstrip("=")
        right = client == form.get("client_id") and redirect == form.get("redirect_uri")
        if not right or not secrets.compare_digest(made, challenge) or ends < self._now() or mark in self._used:
            raise GrantRefused("the code does not hold")
        self._used[mark] = None
        if len(self._used) > _REMEMBERED:
            self._used.popitem(last=False)
        ends = self._now() + int(REFRESH_LIVES.total_seconds())
        return self._tokens(name, epoch, client, nonce=nonce, refresh_ends=ends)

    def for_refresh(self, form: Mapping[str, str]) -> dict[str, Any]:
        ends, name, epoch, client = self._opened(form.get("refresh_token", ""), "refresh", 4)
        if ends < self._now() or client != form.get("client_id"):
            raise GrantRefused("the refresh token does not hold")
        return self._tokens(name, epoch, client, nonce=None, refresh_ends=ends)

    def _tokens(self, name: str, epoch: str, client: str, *, nonce: str | None, refresh_ends: int) -> dict[str, Any]:
        account = self._accounts.find(name)
        if account is None or _epoch(account) != epoch:
            raise GrantRefused("the account is gone or has a new password")
        now, scope = self._now(), " ".join(sorted(SCOPES[account.role]))
        lifetime = int(TOKEN_LIVES.total_seconds())
        common = {"iss": self._issuer, "sub": name, "iat": now, "nbf": now, "exp": now + lifetime}
        person = {"scope": scope, "role": account.role, "authorities": [EVERY_AUTHORITY], "client_id": client}
        return {
            "access_token": self._sign({**common, **person, "aud": self._audience, "jti": secrets.token_urlsafe(12)}),
            "id_token": self._sign({**common, "aud": client, "name": name, **({"nonce": nonce} if nonce else {})}),
            "refresh_token": self._sealed([refresh_ends, name, epoch, client], "refresh"),
            "token_type": "Bearer",
            "expires_in": lifetime,
            "scope": scope,
        }

    def _sealed(self, parts: Iterable[Any], purpose: str) -> str:
        return self._sealer.seal(json.dumps(list(parts)), purpose).hex()

    def _opened(self, sealed: str, purpose: str, length: int) -> list[Any]:
        try:
            parts = json.loads(self._sealer.open(bytes.fromhex(sealed), purpose))
        except (ValueError, SealBroken):
            raise GrantRefused(f"the {purpose} does not hold") from None
        if not isinstance(parts, list) or len(parts) != length:
            raise GrantRefused(f"the {purpose} does not hold")
        return parts

    def _now(self) -> int:
        return int(self._clock.now().timestamp())


def _epoch(account: Account) -> str:
    """Changes with the password and the role: what was given out before is worth nothing afterwards."""
    return hashlib.sha256(f"{account.password} {account.role}".encode()).hexdigest()[:16]
