"""A file that is sealed piece by piece, so that one of any size is written in passing and read from any place.

Each piece is bound to its file and its place in it, and the last one says that it is the last: pieces cannot be
exchanged, left out or cut off unseen. Serves G12; what the bytes mean is none of its business.
"""

import hashlib
import io
import os
from pathlib import Path
from typing import Any, BinaryIO

from shared.ids import new_id
from shared.sealing import SEAL_OVERHEAD, Sealer

PIECE_BYTES = 256 * 1024
_SEALED_BYTES = PIECE_BYTES + SEAL_OVERHEAD
_MAGIC = b"CSM1"
_HEAD_BYTES = len(_MAGIC) + 32


class SealedWriter:
    """Takes bytes as they come. What is written counts only after `finish`, which makes it last."""

    def __init__(self, path: Path, sealer: Sealer) -> None:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        self._file: BinaryIO = os.fdopen(descriptor, "wb")
        self._sealer = sealer
        self._file_id = new_id()
        self._held = bytearray()
        self._pieces = 0
        self._digest = hashlib.sha256()
        self.size = 0
        self._file.write(_MAGIC + self._file_id.encode())

    def write(self, content: bytes) -> None:
        self._digest.update(content)
        self.size += len(content)
        self._held += content
        while len(self._held) > PIECE_BYTES:  # the last piece is kept back: only `finish` knows that it is the last
            self._put(bytes(self._held[:PIECE_BYTES]), is_last=False)
            del self._held[:PIECE_BYTES]

    def finish(self) -> str:
        """Write the rest, make all of it last on the disk, and give the SHA-256 of the content."""
        self._put(bytes(self._held), is_last=True)
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        return self._digest.hexdigest()

    def close(self) -> None:
        """Let go of the file, whether or not it was finished."""
        self._file.close()

    def _put(self, piece: bytes, *, is_last: bool) -> None:
        self._file.write(self._sealer.seal_bytes(piece, _place(self._file_id, self._pieces, is_last=is_last)))
        self._pieces += 1


class SealedReader(io.RawIOBase):
    """The content as a seekable file, one piece in memory at a time. Raises `SealBroken` for anything that differs."""

    def __init__(self, path: Path, sealer: Sealer) -> None:
        super().__init__()
        self._file = path.open("rb")
        self._sealer = sealer
        head = self._file.read(_HEAD_BYTES)
        if len(head) != _HEAD_BYTES or not head.startswith(_MAGIC):
            self._file.close()
            raise OSError("this is no file that the service has sealed")
        self._file_id = head[len(_MAGIC) :].decode("ascii", "replace")
        sealed = os.fstat(self._file.fileno()).st_size - _HEAD_BYTES
        self._pieces = max(1, -(-sealed // _SEALED_BYTES))
        self._size = max(0, sealed - self._pieces * SEAL_OVERHEAD)
        self._at = 0
        self._held: tuple[int, bytes] = (-1, b"")

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        self._at = max(0, start + offset)
        return self._at

    def readinto(self, buffer: Any) -> int:
        target = memoryview(buffer).cast("B")
        if self._at >= self._size or not target:
            return 0
        number, offset = divmod(self._at, PIECE_BYTES)
        found = self._piece(number)[offset : offset + len(target)]
        target[: len(found)] = found
        self._at += len(found)
        return len(found)

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()

    def _piece(self, number: int) -> bytes:
        if self._held[0] != number:
            self._file.seek(_HEAD_BYTES + number * _SEALED_BYTES)
            sealed = self._file.read(_SEALED_BYTES)
            place = _place(self._file_id, number, is_last=number == self._pieces - 1)
            self._held = (number, self._sealer.open_bytes(sealed, place))
        return self._held[1]


def _place(file_id: str, number: int, *, is_last: bool) -> str:
    return f"material {file_id} {number}{' last' if is_last else ''}"
