"""Signing keys (签名密钥): Ed25519, named by their thumbprint, rotated with overlap.

A key file is a JWK set. The first key signs; the others, of which the public part is enough, are still accepted, so
that what was signed before a rotation stays provable. Nothing here makes a key unless asked to. Serves G14.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from shared.errors import CreditsyncError

ALGORITHM: Final = "Ed25519"
_FILE_BYTES = 64 * 1024


class KeysUnreadable(CreditsyncError):
    """A file or text holds no usable Ed25519 keys. The message is one sentence."""


class PublicKeys:
    """Keys that are trusted, by their identifiers."""

    def __init__(self, keys: Mapping[str, Ed25519PublicKey]) -> None:
        self._keys = dict(keys)

    def __contains__(self, key_id: str) -> bool:
        return self.key(key_id) is not None

    def key(self, key_id: str) -> Ed25519PublicKey | None:
        return self._keys.get(key_id)

    def holds(self, key_id: str, message: bytes, signature: bytes) -> bool:
        """Whether the message was signed by this key, and the key is one that is trusted."""
        key = self.key(key_id)
        if key is None:
            return False
        try:
            key.verify(signature, message)
        except InvalidSignature:
            return False
        return True


class SigningKeys:
    """The key that signs now, and all keys that are published."""

    def __init__(self, keys: Sequence[OKPKey]) -> None:
        private = keys[0].private_key if keys else None
        if not isinstance(private, Ed25519PrivateKey):
            raise KeysUnreadable("the first key of the signing keys is no private Ed25519 key")
        self._private = private
        self.key_id = keys[0].thumbprint()
        self._all = list(keys)

    def sign(self, message: bytes) -> bytes:
        return self._private.sign(message)

    @property
    def public(self) -> PublicKeys:
        return _public(self._all)

    def published(self) -> dict[str, Any]:
        """The JWK set for verifiers: public parts only, the signing key first."""
        return {"keys": [_named(key, private=False) for key in self._all]}


def read_public(text: bytes) -> PublicKeys:
    """Trusted keys from a JWK or a JWK set, such as `/.well-known/creditsync-keys.json`."""
    return _public(keys_of(text))


def read_signing(text: bytes) -> SigningKeys:
    return SigningKeys(keys_of(text))


def new_key_set(older: bytes | None = None) -> bytes:
    """A key set with a fresh key in front. Of the older keys the public parts stay: they verify, and sign no more."""
    kept = [_named(key, private=False) for key in keys_of(older)] if older else []
    fresh = OKPKey.generate_key(ALGORITHM)
    return json.dumps({"keys": [_named(fresh, private=True), *kept]}, indent=1).encode()


def keys_of(text: bytes) -> list[OKPKey]:
    """The keys of a JWK or a JWK set, or `KeysUnreadable`."""
    if len(text) > _FILE_BYTES:
        raise KeysUnreadable(f"a key set has at most {_FILE_BYTES} bytes")
    try:
        given = json.loads(text)
        members = given.get("keys", [given])
        keys = [OKPKey.import_key(_material(one)) for one in members]
        if not keys or any(key.curve_name != ALGORITHM for key in keys):
            raise KeysUnreadable("it holds no Ed25519 keys, or others beside them")
    except (ValueError, TypeError, KeyError, AttributeError, JoseError):
        raise KeysUnreadable("it is no JWK set with Ed25519 keys (RFC 7517, RFC 8037)") from None
    return keys


def _material(key: Mapping[str, Any]) -> dict[str, Any]:
    """Only what makes the key: its name is always its thumbprint, whatever a file calls it."""
    return {name: key[name] for name in ("kty", "crv", "x", "d") if name in key}


def _named(key: OKPKey, *, private: bool) -> dict[str, Any]:
    material = key.as_dict(private=private and key.is_private)
    return {**material, "kid": key.thumbprint(), "use": "sig", "alg": ALGORITHM}


def _public(keys: Sequence[OKPKey]) -> PublicKeys:
    return PublicKeys(
        {key.thumbprint(): key.public_key for key in keys if isinstance(key.public_key, Ed25519PublicKey)}
    )
