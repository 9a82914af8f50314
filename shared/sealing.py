"""Seals personal data at rest and makes the keyed digest that stands for a natural person.

It never decides which field is personal. Serves G12: a stolen table or backup shows nothing without the key, and
a digest cannot be turned back by trying all identity numbers.
"""

import hashlib
import hmac
import os
from hashlib import blake2b

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.errors import CreditsyncError

KEY_BYTES = 32
_NONCE_BYTES = 12
SEAL_OVERHEAD = 1 + _NONCE_BYTES + 16  # the key's number, the nonce, the tag


class SealBroken(CreditsyncError):
    """A sealed value was changed, moved to another place, or sealed with a key that is no longer configured."""


class Sealer:
    """AES-256-GCM and HMAC-SHA256 under keys that belong together, oldest first.

    The newest key seals; every key opens, found by the version byte in front. The digest stays with the oldest
    key: it is the name of a person in the ledger, and a rotation must not make two persons of one.
    """

    def __init__(self, *keys: bytes) -> None:
        if not 1 <= len(keys) <= 255 or any(len(key) != KEY_BYTES for key in keys):
            raise ValueError(f"a sealer needs 1 to 255 keys of {KEY_BYTES} bytes")
        self._ciphers = [AESGCM(_derived(key, "seal")) for key in keys]
        self._digest_key = _derived(keys[0], "digest")
        self._print_key = _derived(keys[0], "fingerprint")

    def seal(self, text: str, context: str) -> bytes:
        """Encrypt. `context` names the place, such as a column and a row; opening it elsewhere fails."""
        return self.seal_bytes(text.encode(), context)

    def open(self, sealed: bytes, context: str) -> str:
        """Decrypt what was sealed for the same context, or raise `SealBroken`."""
        try:
            return self.open_bytes(sealed, context).decode()
        except UnicodeDecodeError:
            raise _broken(context) from None

    def seal_bytes(self, content: bytes, context: str) -> bytes:
        """The same for bytes, such as a piece of a file; `SEAL_OVERHEAD` bytes longer than they."""
        version = len(self._ciphers)
        nonce = os.urandom(_NONCE_BYTES)
        return bytes([version]) + nonce + self._ciphers[-1].encrypt(nonce, content, context.encode())

    def open_bytes(self, sealed: bytes, context: str) -> bytes:
        """Decrypt what `seal_bytes` made for the same context, or raise `SealBroken`."""
        version, nonce, body = sealed[:1], sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        if not version or not 1 <= version[0] <= len(self._ciphers):
            raise SealBroken(f"the value for {context} was sealed with an unknown key")
        try:
            return self._ciphers[version[0] - 1].decrypt(nonce, body, context.encode())
        except (InvalidTag, ValueError):
            raise _broken(context) from None

    def keyed_digest(self, text: str) -> str:
        """64 hexadecimal digits that only the holder of the key can compute; equal texts give equal digests."""
        return hmac.digest(self._digest_key, text.encode(), "sha256").hex()  # in one step: a third of the time

    def fingerprint(self, data: bytes) -> str:
        """32 hexadecimal digits for telling whether something is the same as before. BLAKE2's own keyed mode: half the
        time of `keyed_digest`, which stays what it is because it names persons in the ledger."""
        return blake2b(data, digest_size=16, key=self._print_key).hexdigest()


def fresh_secret(size: int = KEY_BYTES) -> bytes:
    """Random bytes for a key that somebody else is to hold too."""
    return os.urandom(size)


def _broken(context: str) -> SealBroken:
    return SealBroken(f"the value for {context} was changed or belongs elsewhere")


def _derived(key: bytes, purpose: str) -> bytes:
    """One configured key, two purposes: neither use may tell anything about the other."""
    return hmac.new(key, f"creditsync {purpose}".encode(), hashlib.sha256).digest()
