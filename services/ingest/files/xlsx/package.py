"""The parts of a workbook, opened only when the archive as a whole is harmless: few parts, no absurd compression, no
password. What an entry says of its size is binding, since the archive reader gives out no more than that."""

import posixpath
import struct
import zipfile
from collections.abc import Collection
from pathlib import Path
from typing import IO

from services.ingest.files.limits import FileLimits
from services.ingest.files.refusal import FileRefused, Refusal

_DIRECTORY = 4 * 1024 * 1024  # bytes of the list of entries, which is read at once
_TAIL = 22 + 65_535
# RuntimeError: what the archive reader raises for versions and methods that it does not know.
_UNREADABLE = (zipfile.BadZipFile, OSError, ValueError, RuntimeError, struct.error)
_PLAIN = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_SMALL = 32 * 1024 * 1024  # below, no ratio is dangerous


class Package:
    """An archive whose parts may be read. Names begin without a slash."""

    def __init__(self, path: Path, limits: FileLimits) -> None:
        _refuse_long_directory(path)
        try:
            self._zip = zipfile.ZipFile(path)
        except _UNREADABLE as error:
            raise damaged("its list of parts cannot be read; it was cut off or changed") from error
        try:
            self._parts = _checked(self._zip, limits)
            _refuse_other_archives(self._parts.keys())
        except FileRefused:
            self._zip.close()
            raise

    def __contains__(self, name: str) -> bool:
        return name in self._parts

    def size(self, name: str) -> int:
        """Unpacked bytes of a part."""
        return self._parts[name].file_size

    def open(self, name: str) -> IO[bytes]:
        if name not in self._parts:
            raise damaged(f"the part {name[:100]} is missing")
        try:
            return self._zip.open(self._parts[name])
        except _UNREADABLE as error:
            raise damaged(f"the part {name[:100]} cannot be opened") from error

    def close(self) -> None:
        self._zip.close()


def resolved(part: str, target: str) -> str:
    """The part that a relation of another part names; absolute targets begin at the root."""
    if target.startswith("/"):
        return target.lstrip("/")
    return posixpath.normpath(posixpath.join(posixpath.dirname(part), target))


def damaged(what: str) -> FileRefused:
    return FileRefused(
        Refusal.DAMAGED,
        f"The workbook is damaged: {what}.",
        "Open it in a spreadsheet program, save it and send it again.",
    )


def unsafe(what: str) -> FileRefused:
    return FileRefused(
        Refusal.UNSAFE, f"The workbook is not read: {what}.", "Save the table in a new, empty workbook or as CSV."
    )


def _refuse_long_directory(path: Path) -> None:
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - _TAIL))
        tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < 22:
        raise damaged("it has no end; it was cut off")
    length = struct.unpack_from("<I", tail, at + 12)[0]
    far = tail.rfind(b"PK\x06\x06", 0, at)  # the record of archives above 4 GB
    if length == 0xFFFFFFFF and far >= 0 and at - far >= 56:
        length = struct.unpack_from("<Q", tail, far + 40)[0]
    if length > _DIRECTORY:
        raise unsafe("its list of parts is too long")


def _checked(archive: zipfile.ZipFile, limits: FileLimits) -> dict[str, zipfile.ZipInfo]:
    entries = archive.infolist()
    if len(entries) > limits.parts:
        raise unsafe(f"it has {len(entries)} parts; {limits.parts} are read at most")
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > limits.unpacked_bytes:
        raise unsafe(f"it unpacks to {unpacked} bytes; {limits.unpacked_bytes} are read at most")
    for entry in entries:
        _check(entry, limits)
    parts = {entry.filename.lstrip("/"): entry for entry in entries}
    if len(parts) != len(entries):
        raise unsafe("it holds a part twice")
    return parts


def _check(entry: zipfile.ZipInfo, limits: FileLimits) -> None:
    if entry.flag_bits & 1:
        raise encrypted()
    if entry.compress_type not in _PLAIN:
        raise unsafe("a part is compressed in an unusual way")
    if entry.file_size > max(_SMALL, limits.unpacked_ratio * entry.compress_size):
        raise unsafe("a part unpacks to more than a table of real rows can (a zip bomb)")


def encrypted() -> FileRefused:
    return FileRefused(
        Refusal.ENCRYPTED, "The workbook is protected by a password.", "Remove the password and send it again."
    )


def _refuse_other_archives(names: Collection[str]) -> None:
    if "[Content_Types].xml" in names and any(name.startswith("xl/") and name.endswith(".xml") for name in names):
        return
    if "xl/workbook.bin" in names or "mimetype" in names:
        raise FileRefused(
            Refusal.OTHER_SPREADSHEET,
            "The file is a spreadsheet in another format (binary workbook or OpenDocument).",
            "Save it as XLSX or CSV.",
        )
    raise FileRefused(
        Refusal.NOT_A_TABLE, "The file is an archive and no workbook.", "Unpack it and send the tables that it holds."
    )
