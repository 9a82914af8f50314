"""Decides whether a bearer token is genuine, meant for us and in force, and who it speaks for.

Algorithms are pinned, issuer, audience and both ends of the life are required, and time comes from the clock that
the process was given. It never decides what a caller may do with a route. Serves G15.
"""

import asyncio
import hashlib
import json
from collections import OrderedDict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import structlog
from joserfc import jwt
from joserfc.errors import JoseError, UnsupportedAlgorithmError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry, extract_compact
from joserfc.jwt import JWTClaimsRegistry

from shared.clock import Clock
from shared.errors import UNAUTHENTICATED, Problem, StartRefused, Unavailable
from shared.outbound.client import OutboundClient, Timeouts
from shared.settings import HouseSettings
from shared.web.caller import Caller

log = structlog.get_logger()

ALGORITHMS = ("Ed25519", "EdDSA", "ES256", "RS256", "PS256")
"""Public-key signatures only, each with a key of its own kind. Ed25519 is RFC 9864's name for EdDSA; many providers
sign with RSA."""

_LEEWAY_SECONDS = 30
_REREAD_AFTER = timedelta(seconds=30)
_RETRY_AFTER = timedelta(seconds=5)
_KEYS_LIVE = timedelta(minutes=15)
_KEYS_BYTES = 256 * 1024
_PATIENCE = Timeouts(connect=2, silence=5, whole=5)
_REMEMBERED = 2048
_TOKEN_CHARACTERS = 8192


class KeySource(Protocol):
    """Where public keys come from, as a JWK set."""

    async def read(self) -> Any: ...


class FileKeys:
    """Keys in a file, such as those of the local issuer."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def read(self) -> Any:
        try:
            return json.loads(await asyncio.to_thread(self._path.read_bytes))
        except (OSError, ValueError) as error:
            raise Unavailable(f"the public keys in {self._path} cannot be read") from error


class UrlKeys:
    """Keys that an identity provider publishes. Read a few times an hour, so no connection is kept."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def read(self) -> Any:
        async with OutboundClient(self._url, timeouts=_PATIENCE, connections=1, max_answer_bytes=_KEYS_BYTES) as http:
            answer = await http.get(self._url)
        if not answer.ok:
            raise Unavailable(f"the identity provider answered {answer.status} when asked for its keys")
        try:
            return answer.json()
        except ValueError as error:
            raise Unavailable("the identity provider's keys cannot be read") from error


class _Pinned(JWSRegistry):
    """Knows the pinned algorithms only. joserfc warns at each use of the older name EdDSA; we chose it knowingly."""

    def get_alg(self, name: str) -> Any:
        if name not in ALGORITHMS:
            raise UnsupportedAlgorithmError(name)
        return self.algorithms[name]


class Verifier:
    """Checks tokens. A verified token is remembered until it expires: a signature costs
    0.13 to 0.18 ms, a look-up 1 µs."""

    def __init__(self, keys: KeySource, *, issuer: str, audience: str, clock: Clock) -> None:
        self._source = keys
        self._issuer = issuer
        self._audience = audience
        self._clock = clock
        self._keys: KeySet | None = None
        self._read_at = self._asked_at = datetime.min.replace(tzinfo=clock.now().tzinfo)
        self._reading = asyncio.Lock()
        self._remembered: OrderedDict[bytes, tuple[Caller, int, int]] = OrderedDict()

    async def verify(self, token: str) -> Caller:
        """Who the token speaks for. Raises `Problem` for a bad token, `Unavailable` when no keys can be had."""
        if len(token) > _TOKEN_CHARACTERS:
            raise _refused("it is longer than any token of ours")
        now = self._clock.now()
        if self._keys is None or now - self._read_at >= _KEYS_LIVE:
            await self._reread(now)
        digest = hashlib.sha256(token.encode("utf-8", "replace")).digest()
        remembered = self._remembered.get(digest)
        if remembered is not None and remembered[1] <= now.timestamp() < remembered[2]:
            return remembered[0]
        claims = await self._claims(token, now)
        caller = _caller(claims)
        self._remember(digest, caller, claims)
        return caller

    async def check(self) -> None:
        """Make sure that keys are at hand, or raise `Unavailable`; for `/health/ready` and for the start."""
        if self._keys is None:
            await self._reread(self._clock.now())

    async def _claims(self, token: str, now: datetime) -> dict[str, Any]:
        try:
            await self._have_key_of(token, now)
            decoded = jwt.decode(token, self._keys or KeySet([]), registry=_Pinned())
            expected = JWTClaimsRegistry(
                now=int(now.timestamp()),
                leeway=_LEEWAY_SECONDS,
                iss={"essential": True, "value": self._issuer},
                aud={"essential": True, "value": self._audience},
                sub={"essential": True},
                exp={"essential": True},
            )
            expected.validate(decoded.claims)
        except (JoseError, ValueError, TypeError) as error:
            raise _refused(_reason(error)) from None
        return decoded.claims

    async def _have_key_of(self, token: str, now: datetime) -> None:
        """An unknown key may be a fresh one: read again, but not for every forged token."""
        known = {key.kid for key in self._keys or ()}
        if _key_id(token) not in known and now - self._asked_at >= _REREAD_AFTER:
            await self._reread(now)

    async def _reread(self, now: datetime) -> None:
        """Read the keys again. While one request does, others go on with the keys at hand."""
        if self._keys is not None and self._reading.locked():
            return None
        async with self._reading:
            if now - self._asked_at < (_RETRY_AFTER if self._keys is None else timedelta(microseconds=1)):
                return self._must_have_keys()
            try:
                self._keys = KeySet.import_key_set(await self._source.read())
                self._read_at = now
                self._remembered.clear()
            except (JoseError, ValueError, TypeError, KeyError, Unavailable):
                log.warning("identity_keys_not_read", exc_info=True)
                self._read_at = now - _KEYS_LIVE + _REREAD_AFTER
            finally:
                self._asked_at = self._clock.now()
        return self._must_have_keys()

    def _must_have_keys(self) -> None:
        if self._keys is None:
            raise Unavailable("the identity provider's keys cannot be had")

    def _remember(self, digest: bytes, caller: Caller, claims: dict[str, Any]) -> None:
        begins = int(claims.get("nbf", claims.get("iat", 0)))  # RFC 9068 asks for neither of the two
        self._remembered[digest] = (caller, begins - _LEEWAY_SECONDS, int(claims["exp"]) + _LEEWAY_SECONDS)
        if len(self._remembered) > _REMEMBERED:
            self._remembered.popitem(last=False)


def verifier_for(settings: HouseSettings, clock: Clock) -> Verifier:
    """The verifier that the settings describe; refuses the start when a key file is missing."""
    source = settings.jwks_source()
    if source.startswith(("http://", "https://")):
        keys: KeySource = UrlKeys(source)
    else:
        if not Path(source).is_file():
            raise StartRefused(
                f"the public keys {source} do not exist: start with `creditsync up`, or set CREDITSYNC_JWKS"
            )
        keys = FileKeys(Path(source))
    return Verifier(keys, issuer=settings.issuer, audience=settings.audience, clock=clock)


def _key_id(token: str) -> str | None:
    kid = extract_compact(token.encode()).headers().get("kid")
    return kid if isinstance(kid, str) else None


def _caller(claims: dict[str, Any]) -> Caller:
    scope, authorities, subjects = claims.get("scope", ""), claims.get("authorities", []), claims.get("subjects", [])
    if not isinstance(scope, str) or not isinstance(authorities, list) or not isinstance(subjects, list):
        raise _refused("its scope, authorities or subjects have the wrong form")
    client_id = str(claims["sub"])
    if len(client_id) > 120:
        raise _refused("its subject is too long")
    codes, keys = (frozenset(str(one) for one in named) for named in (authorities, subjects))
    return Caller(client_id, frozenset(scope.split()), codes, keys)


def _reason(error: Exception) -> str:
    """What is wrong, in words that never repeat the token."""
    kind = getattr(error, "error", "")
    claim = getattr(error, "claim", "")
    named = {
        "expired_token": "it has expired",
        "bad_signature": "its signature is not right",
        "invalid_key_id": "it was signed with an unknown key",
        "missing_claim": f"it lacks {claim}",
        "invalid_claim": f"its {claim} is not the expected one",
    }
    return named.get(kind, "it cannot be read or uses an algorithm that is not accepted")


def _refused(reason: str) -> Problem:
    return Problem(UNAUTHENTICATED, f"The token is refused: {reason}.")
