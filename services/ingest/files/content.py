"""Finds out what a file is by its first bytes, and names those that are no table of ours with what to do instead."""

import codecs
from pathlib import Path, PurePath

from services.ingest.files.refusal import FileRefused, Refusal
from services.ingest.files.table import FileFormat, FileNote, NoteCode

_OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_OTHERS = {
    b"%PDF": "a PDF",
    b"\x1f\x8b": "a gzip archive",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive",
    b"Rar!": "a RAR archive",
    b"\x89PNG": "an image",
    b"\xff\xd8\xff": "an image",
    b"SQLite format 3": "a database",
    b"PAR1": "a Parquet file",
}
_SPACE = b" \t\r\n"
_NAMES = {
    FileFormat.CSV: (".csv", ".txt", ".tsv", ".tab"),
    FileFormat.XLSX: (".xlsx", ".xlsm", ".xltx"),
    FileFormat.NDJSON: (".ndjson", ".jsonl", ".json", ".txt"),
    FileFormat.JSON: (".json", ".txt"),
}


def format_of(path: Path, head: bytes) -> FileFormat:
    """The format of a file that begins with these bytes, or `FileRefused`."""
    if head.startswith(_ZIP):
        return FileFormat.XLSX
    if head.startswith(_OLE2):
        raise _old_office(_directory(path, head))
    for sign, what in _OTHERS.items():
        if head.startswith(sign):
            raise FileRefused(Refusal.NOT_A_TABLE, f"The file is {what}.", "Send CSV, XLSX, NDJSON or a JSON array.")
    return _text_format(_first_text(head))


def name_note(claimed_name: str, found: FileFormat) -> FileNote | None:
    """Said when the name promises another format; the content decides (ruling R26)."""
    suffix = PurePath(claimed_name.replace("\\", "/")).suffix.lower()[:20]
    if not suffix or suffix in _NAMES[found]:
        return None
    sentence = f"The name ends with {suffix}; the file was read as the {found.upper()} that its content is."
    return FileNote(NoteCode.NOT_WHAT_ITS_NAME_SAYS, sentence)


def _directory(path: Path, head: bytes) -> bytes:
    """The first names in an OLE2 container: those tell a protected workbook from an old one."""
    sector = 1 << min(int.from_bytes(head[30:32], "little"), 12)
    with path.open("rb") as file:
        file.seek((int.from_bytes(head[48:52], "little") + 1) * sector)
        return file.read(4096)


def _old_office(directory: bytes) -> FileRefused:
    if _ENCRYPTED in directory:
        return FileRefused(
            Refusal.ENCRYPTED, "The workbook is protected by a password.", "Remove the password and send it again."
        )
    return FileRefused(
        Refusal.OLD_SPREADSHEET,
        "The file is in an old office format (XLS, ET or the like), which is not read.",
        "Open it in a spreadsheet program and save it as XLSX or CSV.",
    )


def _first_text(head: bytes) -> bytes:
    """The beginning without its mark and spaces; of UTF-16 every second byte is enough to tell brackets."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        head = head[2:].replace(b"\0", b"")
    return head.removeprefix(codecs.BOM_UTF8).lstrip(_SPACE)


def _text_format(text: bytes) -> FileFormat:
    if not text:
        raise FileRefused(Refusal.EMPTY, "The file is empty.", "Send the table with its header.")
    if text.startswith(b"{"):
        return FileFormat.NDJSON
    if text.startswith(b"[") and text[1:].lstrip(_SPACE)[:1] in (b"{", b"]", b""):
        return FileFormat.JSON
    if text.startswith(b"<"):
        raise FileRefused(
            Refusal.OTHER_SPREADSHEET,
            "The file is HTML or XML, as some systems export under the name of a workbook.",
            "Open it in a spreadsheet program and save it as XLSX or CSV.",
        )
    return FileFormat.CSV
