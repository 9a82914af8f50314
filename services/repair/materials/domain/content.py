"""What a file is, by its content and never by its name: PDF, JPEG, PNG or OFD, complete, and nothing else besides.

A file that two programs would read as two things (polyglot), that stops short, or that hides something behind its end
is refused with a sentence. It looks at structure only, in bounded steps; nothing in a file is ever carried out.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import BinaryIO

from services.repair.materials.domain.content_jpeg import check_jpeg
from services.repair.materials.domain.content_ofd import check_ofd
from services.repair.materials.domain.content_pdf import check_pdf
from services.repair.materials.domain.content_png import check_png
from services.repair.materials.domain.refusal import ContentRefused, read_at, size_of


class FileFormat(StrEnum):
    """The kinds of file that are taken."""

    PDF = "pdf"
    JPEG = "jpeg"
    PNG = "png"
    OFD = "ofd"  # 版式文档 (GB/T 33190)


MEDIA_TYPES: Mapping[FileFormat, str] = {
    FileFormat.PDF: "application/pdf",
    FileFormat.JPEG: "image/jpeg",
    FileFormat.PNG: "image/png",
    FileFormat.OFD: "application/ofd",
}

_BY_START: tuple[tuple[bytes, FileFormat, Callable[[BinaryIO], None]], ...] = (
    (b"%PDF-", FileFormat.PDF, check_pdf),
    (b"\xff\xd8\xff", FileFormat.JPEG, check_jpeg),
    (b"\x89PNG\r\n\x1a\n", FileFormat.PNG, check_png),
    (b"PK\x03\x04", FileFormat.OFD, check_ofd),
)
_ZIP_END = b"PK\x05\x06\x00\x00\x00\x00"
_ZIP_TAIL = 22 + 0xFFFF


def recognise(file: BinaryIO) -> FileFormat:
    """The format of a seekable file, or `ContentRefused` with a sentence for the person who sent it."""
    start = read_at(file, 0, 8)
    if not start:
        raise ContentRefused("empty", "The file has no bytes.")
    for signature, name, check in _BY_START:
        if start.startswith(signature):
            if name is not FileFormat.OFD:
                _check_no_zip(file)
            check(file)
            return name
    raise ContentRefused("unknown", "The content is neither PDF nor JPEG, PNG or OFD, whatever the name says.")


def _check_no_zip(file: BinaryIO) -> None:
    """An archive is read from its end: one that hangs behind a picture would open as an archive elsewhere."""
    tail = read_at(file, max(0, size_of(file) - _ZIP_TAIL), _ZIP_TAIL)
    if _ZIP_END in tail:
        raise ContentRefused("polyglot", "The file is an archive at the same time. Save the document anew.")
