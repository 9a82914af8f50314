"""Signatures of deliveries after Standard Webhooks: HMAC-SHA256 (`v1`) and Ed25519 (`v1a`). Pure; keeps no key."""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

SECRET_BYTES = 32


class Algorithm(StrEnum):
    """How a subscriber checks who sent: with a shared secret, or with our public key."""

    HMAC = "v1"
    ED25519 = "v1a"


@dataclass(frozen=True)
class SigningKey:
    """One key of one subscriber."""

    algorithm: Algorithm
    secret: bytes = field(repr=False)

    def sign(self, content: bytes) -> str:
        if self.algorithm is Algorithm.HMAC:
            signature = hmac.digest(self.secret, content, hashlib.sha256)
        else:
            signature = Ed25519PrivateKey.from_private_bytes(self.secret).sign(content)
        return f"{self.algorithm},{_encoded(signature)}"


def headers(keys: Sequence[SigningKey], webhook_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The three headers of a delivery. While a key is being replaced, the old and the new one both sign."""
    content = f"{webhook_id}.{timestamp}.".encode() + body
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(key.sign(content) for key in keys),
    }


def shown_secret(secret: bytes) -> str:
    """A shared secret as a subscriber stores it."""
    return f"whsec_{_encoded(secret)}"


def public_key(secret: bytes) -> str:
    """The public half of an Ed25519 key, as a subscriber stores it."""
    return f"whpk_{_encoded(Ed25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw())}"


def _encoded(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")
