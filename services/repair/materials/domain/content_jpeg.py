"""Whether a JPEG is a whole one: its segments follow each other to the end mark, and behind that there is nothing but
further pictures, as cameras append them, or zeros."""

import re
from typing import BinaryIO

from services.repair.materials.domain.refusal import ContentRefused, surplus, truncated

_MOST_SEGMENTS = 5_000
"""Of all pictures of the file together: each costs a little, whatever its size."""
_MOST_SCANS = 500
_MOST_PICTURES = 8
_MOST_PADDING = 64 * 1024
_PIECE = 64 * 1024
_MARK = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_FILL = re.compile(rb"\xff*")
_ZEROS = re.compile(rb"\x00*")
_END, _SCAN = 0xD9, 0xDA
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def check_jpeg(file: BinaryIO) -> None:
    """Raise `ContentRefused` at the first thing that is not as it must be."""
    stream, budget = _Stream(file), _Budget()
    for _ in range(_MOST_PICTURES):
        if stream.take(2) != b"\xff\xd8":
            raise surplus("JPEG")
        _pass_picture(stream, budget)
        stream.skip_run(_ZEROS, _MOST_PADDING)
        if stream.is_over():
            return
    raise surplus("JPEG")


class _Stream:
    """The file from its first byte to its last, once: every byte is read one time, and one piece is held."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._held = b""
        self._at = 0
        file.seek(0)

    def is_over(self) -> bool:
        return not self._has(1)

    def take(self, size: int) -> bytes:
        """The next bytes; fewer at the end of the file."""
        self._has(size)
        taken = self._held[self._at : self._at + size]
        self._at += len(taken)
        return taken

    def skip(self, size: int) -> bool:
        """Whether the file goes on for so long."""
        return len(self.take(size)) == size

    def skip_run(self, pattern: re.Pattern[bytes], most: int) -> None:
        """Over as many bytes as the pattern takes, and no more than `most`."""
        while most > 0 and self._has(1):
            found = pattern.match(self._held, self._at, self._at + most)
            end = found.end() if found else self._at
            most -= end - self._at
            self._at = end
            if end < len(self._held):
                return

    def find(self, pattern: re.Pattern[bytes]) -> bool:
        """Go to the next two bytes of this pattern."""
        while self._has(2):
            if found := pattern.search(self._held, self._at):
                self._at = found.start()
                return True
            self._at = len(self._held) - 1  # the pattern may lie across two pieces
        return False

    def _has(self, size: int) -> bool:
        """Whether so many bytes are held from here on, after reading on if need be."""
        while len(self._held) - self._at < size:
            piece = self._file.read(_PIECE)
            if not piece:
                return False
            self._held, self._at = self._held[self._at :] + piece, 0
        return True


class _Budget:
    """How many parts may still come."""

    def __init__(self) -> None:
        self._segments, self._scans = _MOST_SEGMENTS, _MOST_SCANS

    def spend(self, mark: int) -> None:
        self._segments -= 1
        self._scans -= mark == _SCAN
        if self._segments < 0 or self._scans < 0:
            sentence = f"The JPEG file has more than {_MOST_SEGMENTS} parts or {_MOST_SCANS} scans. Save it anew."
            raise ContentRefused("damaged", sentence)


def _pass_picture(stream: _Stream, budget: _Budget) -> None:
    """From behind its start mark to behind its end mark."""
    has_frame = False
    while (mark := _next_mark(stream)) != _END:
        budget.spend(mark)
        length = int.from_bytes(stream.take(2))
        if length < 2 or not stream.skip(length - 2):
            raise truncated("JPEG")
        has_frame = has_frame or mark in _FRAMES
        if mark == _SCAN and not stream.find(_MARK):
            raise truncated("JPEG")
    if not has_frame:
        raise ContentRefused("damaged", "The JPEG file holds no picture.")


def _next_mark(stream: _Stream) -> int:
    """The mark that stands here, behind any fill bytes."""
    if stream.take(1) != b"\xff":
        raise truncated("JPEG")
    stream.skip_run(_FILL, _MOST_PADDING)
    mark = stream.take(1)
    if not mark:
        raise truncated("JPEG")
    return mark[0]
