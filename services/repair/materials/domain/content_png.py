"""Whether a PNG is a whole one: its chunks follow each other from the header to the end, and there the file ends."""

import struct
import zlib
from typing import BinaryIO

from services.repair.materials.domain.refusal import ContentRefused, read_at, size_of, surplus, truncated

_MOST_CHUNKS = 100_000
_LARGEST_SIDE = 30_000
_LARGEST_AREA = 200_000_000


def check_png(file: BinaryIO) -> None:
    """Raise `ContentRefused` at the first thing that is not as it must be."""
    size = size_of(file)
    _check_header(read_at(file, 8, 25))
    at, has_image = 33, False
    for _ in range(_MOST_CHUNKS):
        head = read_at(file, at, 8)
        if len(head) < 8:
            raise truncated("PNG")
        length, kind = struct.unpack(">I4s", head)
        at += 12 + length
        if at > size:
            raise truncated("PNG")
        has_image = has_image or kind == b"IDAT"
        if kind == b"IEND":
            _check_end(at, size, has_image=has_image)
            return
    raise ContentRefused("damaged", f"The PNG file has more than {_MOST_CHUNKS} parts.")


def _check_header(header: bytes) -> None:
    if len(header) < 25:
        raise truncated("PNG")
    length, kind, width, height = struct.unpack(">I4sII", header[:16])
    crc = struct.unpack(">I", header[21:])[0]
    if (length, kind) != (13, b"IHDR") or zlib.crc32(header[4:21]) != crc:
        raise ContentRefused("damaged", "The PNG file does not begin with its header.")
    if not (0 < width <= _LARGEST_SIDE and 0 < height <= _LARGEST_SIDE and width * height <= _LARGEST_AREA):
        raise ContentRefused("too_large_picture", f"The picture is larger than {_LARGEST_AREA} points.")


def _check_end(at: int, size: int, *, has_image: bool) -> None:
    if not has_image:
        raise ContentRefused("damaged", "The PNG file holds no picture.")
    if at != size:
        raise surplus("PNG")
