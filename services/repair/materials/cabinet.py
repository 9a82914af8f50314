"""The folder of papers (材料库): sealed files named by the SHA-256 of their content, outside the database.

A file appears whole or not at all (written aside, made last, renamed). Nothing here is executed or served by a path.
What no row refers to is removed later; a lock keeps that from touching what is just being put in. Serves G12.
"""

import fcntl
import hashlib
import io
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from services.repair.materials.sealed_file import SealedReader, SealedWriter
from shared.clock import wall_time
from shared.ids import new_id
from shared.sealing import Sealer

_SHA256 = re.compile(r"[0-9a-f]{64}")
_INCOMING, _LOCK = "incoming", ".lock"


@dataclass(frozen=True)
class Cabinet:
    """Where papers lie, and with what they are sealed."""

    folder: Path
    sealer: Sealer

    def free_bytes(self) -> int:
        """Room on the disk of the folder."""
        self._make(self.folder)
        return shutil.disk_usage(self.folder).free

    @contextmanager
    def incoming(self) -> Iterator["Incoming"]:
        """A file that is being received; gone when the block ends without `keep`."""
        self._make(self.folder / _INCOMING)
        path = self.folder / _INCOMING / new_id()
        writer = SealedWriter(path, self.sealer)
        try:
            yield Incoming(self, path, writer)
        finally:
            writer.close()
            path.unlink(missing_ok=True)

    def open(self, sha256: str) -> io.BufferedReader:
        """The content, unsealed piece by piece. Raises `FileNotFoundError`."""
        return io.BufferedReader(SealedReader(self.path(sha256), self.sealer), 64 * 1024)

    def is_whole(self, sha256: str) -> bool:
        """Whether the content is what its name says; reads all of it."""
        with self.open(sha256) as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == sha256

    def path(self, sha256: str) -> Path:
        if not _SHA256.fullmatch(sha256):
            raise ValueError("a paper is named by 64 hexadecimal digits")
        return self.folder / sha256[:2] / sha256

    def place(self, path: Path, sha256: str) -> None:
        """Put a finished file where its content belongs, in place of an equal one."""
        target = self.path(sha256)
        self._make(target.parent)
        with self._locked():
            path.replace(target)
            os.utime(target)
            _make_last(target.parent)

    def names(self) -> Iterator[str]:
        """The content names of all files that lie there."""
        for shelf in sorted(self.folder.glob("[0-9a-f][0-9a-f]")):
            yield from (entry.name for entry in os.scandir(shelf) if _SHA256.fullmatch(entry.name))

    def age(self, sha256: str) -> float:
        """Seconds since the file was last put in; none for one that is gone."""
        return _age(self.path(sha256))

    def remove_if_older(self, sha256: str, seconds: float) -> bool:
        """Remove a file unless somebody has just put it in again."""
        with self._locked():
            if self.age(sha256) <= seconds:
                return False
            self.path(sha256).unlink(missing_ok=True)
        return True

    def clear_incoming(self, seconds: float) -> int:
        """Remove what was never received to its end: a process died over it."""
        left = [one for one in (self.folder / _INCOMING).glob("*") if _age(one) > seconds]
        for one in left:
            one.unlink(missing_ok=True)
        return len(left)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """One process at a time; the lock ends with it."""
        self._make(self.folder)
        with (self.folder / _LOCK).open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _make(self, folder: Path) -> None:
        """`mkdir` gives its mode to the last folder only, so the outer one is made first."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.mkdir(exist_ok=True, mode=0o700)


@dataclass(frozen=True)
class Incoming:
    """One file on its way in."""

    cabinet: Cabinet
    path: Path
    writer: SealedWriter

    def reader(self) -> io.BufferedReader:
        """What was received, for a look before it is kept; only after `writer.finish`."""
        return io.BufferedReader(SealedReader(self.path, self.cabinet.sealer), 64 * 1024)

    def keep(self, sha256: str) -> None:
        self.cabinet.place(self.path, sha256)


def _age(path: Path) -> float:
    try:
        written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except FileNotFoundError:
        return 0.0
    return (wall_time() - written).total_seconds()


def _make_last(folder: Path) -> None:
    """A rename survives a power cut only when its folder was written too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
