"""Checks the signature of a request: HMAC-SM3 over method, path, time, nonce and the digest of the body."""

import hmac
import re
from collections import OrderedDict

from cryptography.hazmat.primitives.hashes import SM3, Hash
from cryptography.hazmat.primitives.hmac import HMAC
from starlette.requests import Request

from shared.clock import Clock

_TOLERANCE = 300.0
_NONCES_KEPT = 200_000
_TIMESTAMP = re.compile(r"[0-9]{10,13}")


class SignatureCheck:
    """Knows the secret, the time that a signature lives, and the nonces that were used in that time."""

    def __init__(self, secret: str, clock: Clock) -> None:
        self._secret = secret.encode()
        self._clock = clock
        self._nonces: OrderedDict[str, float] = OrderedDict()

    def reason_to_refuse(self, request: Request, body: bytes) -> tuple[str, str] | None:
        """Code and message, or nothing to say against it."""
        timestamp, nonce = request.headers.get("x-timestamp", ""), request.headers.get("x-nonce", "")
        if not _TIMESTAMP.fullmatch(timestamp) or not 16 <= len(nonce) <= 64:
            return "SIGN_FORMAT", "缺少签名要素"
        path = request.scope["raw_path"].decode("ascii")
        expected = self._signature(request.method, path, timestamp, nonce, body)
        if not hmac.compare_digest(expected.encode(), request.headers.get("x-signature", "").encode()):
            return "SIGN_INVALID", "签名不符"
        now = self._clock.now().timestamp()
        if abs(now - int(timestamp) / 1000) > _TOLERANCE:
            return "SIGN_EXPIRED", "签名时间超出允许范围"
        return None if self._is_new(nonce, now) else ("SIGN_REPLAYED", "随机串已使用")

    def _signature(self, method: str, path: str, timestamp: str, nonce: str, body: bytes) -> str:
        digest = Hash(SM3())
        digest.update(body)
        signed = HMAC(self._secret, SM3())
        signed.update("\n".join([method, path, timestamp, nonce, digest.finalize().hex()]).encode())
        return signed.finalize().hex()

    def _is_new(self, nonce: str, now: float) -> bool:
        while self._nonces and (
            len(self._nonces) >= _NONCES_KEPT or next(iter(self._nonces.values())) < now - 2 * _TOLERANCE
        ):
            self._nonces.popitem(last=False)
        if nonce in self._nonces:
            return False
        self._nonces[nonce] = now
        return True
