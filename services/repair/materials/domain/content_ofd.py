"""Whether a ZIP archive is an OFD document (GB/T 33190): `OFD.xml` at its root, few enough files, no bomb, no trick.

Only the list of files and the first bytes of `OFD.xml` are read. Sizes are those that the archive announces; whoever
unpacks it elsewhere is warned by the same bounds.
"""

import re
import struct
import zipfile
import zlib
from typing import BinaryIO

from services.repair.materials.domain.refusal import ContentRefused, read_at, size_of, surplus

_ROOT = "OFD.xml"
_ROOT_ELEMENT = re.compile(
    rb"\A(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]{0,200}\?>\s*)?(?:<!--[^>]{0,2000}-->\s*)*<(?:\w{1,20}:)?OFD[\s>]"
)
_LOOK = 8 * 1024
_MOST_FILES = 5_000
_MOST_LIST = 1024 * 1024
"""Of the list of files, which is read by its size and not by the number that its end tells: 200 bytes for each."""
_MOST_BYTES = 256 * 1024 * 1024
_MOST_RATIO = 200
_SMALL = 1024 * 1024
"""Below this a high ratio is no bomb: empty pages shrink well."""
_TAIL = 22 + 0xFFFF
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1


def check_ofd(file: BinaryIO) -> None:
    """Raise `ContentRefused` at the first thing that is not as it must be."""
    _check_end(file)
    try:
        with zipfile.ZipFile(file) as archive:
            _check_list(archive.infolist())
            _check_root(archive)
    except (zipfile.BadZipFile, zlib.error, struct.error, ValueError, EOFError, RuntimeError) as error:
        raise ContentRefused("damaged", "The archive cannot be read. Save the document anew.") from error


def _check_end(file: BinaryIO) -> None:
    """How long the list of files is, is known before it is read, and nothing stands behind the archive's own end."""
    size = size_of(file)
    tail = read_at(file, max(0, size - _TAIL), _TAIL)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < 22:
        raise ContentRefused("truncated", "The archive stops before its end. Send it again as a whole.")
    files, listed, list_at, comment = struct.unpack("<HIIH", tail[at + 10 : at + 22])
    if files > _MOST_FILES or listed > _MOST_LIST:
        raise ContentRefused("too_many_files", f"The document consists of more than {_MOST_FILES} files.")
    if at + 22 + comment != len(tail):
        raise surplus("OFD")
    end_at = size - len(tail) + at
    # A ZIP64 end would take the place of the one that was just looked at.
    if list_at + listed != end_at or read_at(file, max(0, end_at - 20), 4) == b"PK\x06\x07":
        raise ContentRefused("damaged", "The archive's end does not lead to its list of files. Save the document anew.")


def _check_list(files: list[zipfile.ZipInfo]) -> None:
    names = [one.filename for one in files]
    if _ROOT not in names:
        raise ContentRefused("not_ofd", f"The archive is no OFD document: it has no {_ROOT}.")
    if len(names) > _MOST_FILES or len(set(names)) != len(names):
        raise ContentRefused("damaged", "The archive lists a file twice, or too many.")
    if any(one.flag_bits & _ENCRYPTED or one.compress_type not in _METHODS for one in files):
        raise ContentRefused("encrypted", "The document is encrypted. Save it without a password.")
    if any(_leads_out(name) for name in names):
        raise ContentRefused("damaged", "The archive holds a file that leads out of it.")
    unpacked, packed = sum(one.file_size for one in files), sum(one.compress_size for one in files)
    if unpacked > _MOST_BYTES or (unpacked > _SMALL and unpacked > _MOST_RATIO * max(packed, 1)):
        raise ContentRefused("bomb", f"The document would unpack to {unpacked} bytes.")


def _leads_out(name: str) -> bool:
    return name.startswith(("/", "\\")) or "\\" in name or ":" in name or ".." in name.split("/")


def _check_root(archive: zipfile.ZipFile) -> None:
    with archive.open(_ROOT) as root:
        start = root.read(_LOOK)
    if not _ROOT_ELEMENT.match(start) or b"<!DOCTYPE" in start or b"<!ENTITY" in start:
        raise ContentRefused("not_ofd", f"The archive is no OFD document: its {_ROOT} does not say so.")
