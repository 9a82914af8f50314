"""The key file (密钥文件) of a house, which changes while its processes run.

What is trusted and published follows the file, and what signs is the key that stood first at the start: so processes
that are restarted one after the other believe each other all the while. Serves G14.
"""

from pathlib import Path
from typing import Any

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from shared.errors import StartRefused
from shared.evidence.keys import KeysUnreadable, PublicKeys, SigningKeys, keys_of, new_key_set, read_signing
from shared.secret_files import write_secret

log = structlog.get_logger()

Stamp = tuple[int, int, int]
"""By what one content of a file is told from another without reading it."""


class KeyFile(SigningKeys):
    """The signing keys of a file. Raises `OSError` or `KeysUnreadable` at the start and never after it."""

    def __init__(self, path: Path) -> None:
        self._path, self._stamp = path, _stamp_of(path)
        super().__init__(keys_of(path.read_bytes()))
        self._trusted = super().public

    @property
    def public(self) -> PublicKeys:
        return _Following(self)

    def published(self) -> dict[str, Any]:
        self.trusted()
        return super().published()

    def trusted(self) -> PublicKeys:
        """What the file trusts now. One that is away or unreadable changes nothing, and is logged once."""
        stamp = _stamp_of(self._path)
        if stamp != self._stamp:
            self._stamp = stamp
            try:
                # A few kilobytes, and only after a rotation: no thread is worth it.
                self._all = keys_of(self._path.read_bytes())
                self._trusted = super().public
            except (OSError, KeysUnreadable) as error:
                log.error("evidence_keys_unreadable", path=str(self._path), error=type(error).__name__)
        return self._trusted


class _Following(PublicKeys):
    """Asks the file anew for each key: a walk over a long log outlasts a rotation."""

    def __init__(self, file: KeyFile) -> None:
        super().__init__({})
        self._file = file

    def key(self, key_id: str) -> Ed25519PublicKey | None:
        return self._file.trusted().key(key_id)


def signing_keys_at(path: Path) -> SigningKeys:
    """The keys of a file, or a refused start in one sentence."""
    try:
        return KeyFile(path)
    except OSError as error:
        raise StartRefused(f"the signing keys in {path} cannot be read: {type(error).__name__}") from None
    except KeysUnreadable as error:
        raise StartRefused(f"the signing keys in {path} cannot be used: {error}") from None


def rotate(path: Path) -> str:
    """Put a fresh key in front of those of a file, which is made when it is not there; the new key's identifier.

    The file stays the same one: a container that has it mounted by itself never sees another in its place. Until it is
    written, all of it lies in `.<name>.partial` as well.
    """
    content = new_key_set(path.read_bytes() if path.exists() else None)
    partial = path.with_name(f".{path.name}.partial")
    write_secret(partial, content)
    if path.exists():
        with path.open("r+b", buffering=0) as file:
            file.write(content)
            file.truncate()
        path.chmod(0o600)
        partial.unlink()
    else:
        partial.replace(path)
    return read_signing(content).key_id


def _stamp_of(path: Path) -> Stamp | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns
