"""A file on its way with how far it is: for who shows a bar meanwhile, and asks for it by `Accept`.

Each piece stands behind sixteen bytes: its length, the rows told by then, how many there will be, and what that number
is (`Sort`). A piece of length 0 is the end; without it the file broke off. Whoever asks by another name gets the bare
file.
"""

import struct
from collections.abc import AsyncIterator
from enum import IntEnum

FRAMED = "application/vnd.creditsync.counted-frames"
_FRAME = struct.Struct(">IIII")


class Sort(IntEnum):
    """What a number of rows is. The script of the page reads it as a number."""

    UNKNOWN = 0
    EXACT = 1
    LEAST = 2


def frame(piece: bytes, rows: int, total: int, sort: Sort) -> bytes:
    return _FRAME.pack(len(piece), rows, total, sort) + piece


def last_frame(rows: int) -> bytes:
    """The end of a whole file."""
    return _FRAME.pack(0, rows, rows, Sort.EXACT)


async def in_frames(pieces: AsyncIterator[tuple[bytes, int]], total: int, sort: Sort) -> AsyncIterator[bytes]:
    """Pieces, each with the rows told by then, behind their heads. What raises on the way has no end."""
    rows = 0
    async for piece, rows in pieces:
        if piece:
            yield frame(piece, rows, total, sort)
    yield last_frame(rows)
