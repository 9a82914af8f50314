"""Signs a request with HMAC-SM3 (GB/T 32905) over its canonical form: method, path, time, nonce, digest of the body."""

from dataclasses import dataclass, field

from cryptography.hazmat.primitives.hashes import SM3, Hash
from cryptography.hazmat.primitives.hmac import HMAC


def sm3(content: bytes) -> str:
    digest = Hash(SM3())
    digest.update(content)
    return digest.finalize().hex()


def canonical_form(method: str, path: str, timestamp: str, nonce: str, body: bytes) -> bytes:
    """Five lines. `timestamp` is milliseconds since 1970, `path` as it stands on the wire."""
    return "\n".join([method, path, timestamp, nonce, sm3(body)]).encode()


@dataclass(frozen=True)
class Signer:
    """Our name and secret at the portal."""

    app_id: str
    secret: str = field(repr=False)

    def headers(self, method: str, path: str, body: bytes, *, timestamp: int, nonce: str) -> dict[str, str]:
        """The four headers that the portal checks."""
        signature = HMAC(self.secret.encode(), SM3())
        signature.update(canonical_form(method, path, str(timestamp), nonce, body))
        return {
            "x-app-id": self.app_id,
            "x-timestamp": str(timestamp),
            "x-nonce": nonce,
            "x-signature": signature.finalize().hex(),
        }
