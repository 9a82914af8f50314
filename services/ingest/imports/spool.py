"""The folder where files lie between upload and reading: personal data as they came, for the service's user alone.

It knows bytes and offsets and nothing of imports' states. What counts as received is said by the table; a file that is
longer was cut off by a crash and is shortened to that (guarantee G01).
"""

import fcntl
import hashlib
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from shared.clock import wall_time

_READ_BYTES = 1024 * 1024


class Busy(Exception):
    """Another request writes this file at present."""


class Spool:
    """One file an import, named by its identifier, mode 0600 in a folder of mode 0700."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, import_id: str) -> Path:
        return self._folder / import_id

    def free_bytes(self) -> int:
        """Room on the disk of the folder."""
        self._make()
        return shutil.disk_usage(self._folder).free

    def open(self, import_id: str) -> "SpoolFile":
        """The file for writing, made when it is not there. Raises `Busy`; the lock ends with the process."""
        self._make()
        descriptor = os.open(self.path(import_id), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        file = os.fdopen(descriptor, "r+b", buffering=0)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            raise Busy from None
        return SpoolFile(file)

    def take_in(self, import_id: str, source: Path) -> tuple[int, str]:
        """Copy a file of this machine and give its size and SHA-256, computed from what was copied."""
        self._make()
        digest, size = hashlib.sha256(), 0
        descriptor = os.open(
            self.path(import_id), os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600
        )
        with os.fdopen(descriptor, "wb") as copy, source.open("rb") as original:
            for piece in _pieces(original):
                digest.update(piece)
                size += copy.write(piece)
            copy.flush()
            os.fsync(copy.fileno())
        return size, digest.hexdigest()

    def remove(self, import_id: str) -> None:
        with suppress(FileNotFoundError):
            self.path(import_id).unlink()

    def age(self, name: str) -> timedelta:
        """Since the file was last written; none for a file that is gone."""
        try:
            return wall_time() - datetime.fromtimestamp(self.path(name).stat().st_mtime, UTC)
        except FileNotFoundError:
            return timedelta()

    def identifiers(self) -> list[str]:
        """The names of all files that lie there."""
        if not self._folder.is_dir():
            return []
        return sorted(entry.name for entry in os.scandir(self._folder) if entry.is_file(follow_symlinks=False))

    @contextmanager
    def temporary(self, name: str) -> Iterator[Path]:
        """A path for a file that is gone when the block ends."""
        self._make()
        path = self._folder / name
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)

    def _make(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if stat.S_IMODE(self._folder.stat().st_mode) & 0o077:  # one that was there before, open to others
            self._folder.chmod(0o700)


@dataclass(frozen=True)
class SpoolFile:
    """An open file that nobody else writes meanwhile."""

    file: BinaryIO

    def size(self) -> int:
        return os.fstat(self.file.fileno()).st_size

    def begin_at(self, offset: int) -> None:
        """Drop what lies behind the offset and write there next."""
        self.file.truncate(offset)
        self.file.seek(offset)

    def append(self, pieces: list[bytes]) -> None:
        """Write and make it last: what the table calls received must survive a crash."""
        for piece in pieces:
            rest = memoryview(piece)
            while rest:
                rest = rest[self.file.write(rest) :]
        os.fsync(self.file.fileno())

    def sha256(self) -> str:
        self.file.seek(0)
        digest = hashlib.sha256()
        for piece in _pieces(self.file):
            digest.update(piece)
        return digest.hexdigest()

    def close(self) -> None:
        self.file.close()


def sha256_of(path: Path) -> str:
    """SHA-256 of a file as 64 hexadecimal digits."""
    with path.open("rb") as file:
        return SpoolFile(file).sha256()


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    while piece := file.read(_READ_BYTES):
        yield piece
