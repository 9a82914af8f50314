"""The filled rows of a file, whatever its format: line number and texts. A content that is no table is refused."""

import csv
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

from services.ingest.files.limits import FileLimits
from services.ingest.files.refusal import FileRefused, Refusal
from services.ingest.files.xlsx.book import Book, Sheet, read_book
from services.ingest.files.xlsx.cells import CellReader
from services.ingest.files.xlsx.deadline import Deadline
from services.ingest.files.xlsx.merges import Filler, find_merges
from services.ingest.files.xlsx.package import Package
from services.ingest.files.xlsx.sheet import SheetReader
from services.ingest.files.xlsx.texts import Texts, read_texts
from services.ingest.files.xlsx.xml import Unreadable

RawRow = tuple[int, list[str], bool]
"""Line, texts, and whether something in it could not be read."""

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_DELIMITERS = (",", "\t", ";")
_ENCODINGS = ("utf-8-sig", "gb18030")
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


def raw_rows(path: Path, limits: FileLimits) -> Iterator[RawRow]:
    """Of the first sheet that holds anything. Refuses what is empty, too large, or no table."""
    size = path.stat().st_size
    if size == 0:
        raise FileRefused(Refusal.EMPTY, "The file is empty.", "Send the list itself.")
    if size > limits.file_bytes:
        sentence = f"The file has {size} bytes; {limits.file_bytes} are read at most."
        raise FileRefused(Refusal.TOO_LARGE, sentence, "Split the list into several files.")
    with path.open("rb") as file:
        start = file.read(4)
    if start == _OLE:
        raise FileRefused(
            Refusal.OLD_SPREADSHEET, "The file is an old or encrypted workbook.", "Save it as .xlsx without a password."
        )
    yield from _workbook(path, limits) if start == _ZIP else _text(path, limits)


def _text(path: Path, limits: FileLimits) -> Iterator[RawRow]:
    text = _decoded(path.read_bytes())
    head = "\n".join(text.splitlines()[: limits.header_within])
    delimiter = max(_DELIMITERS, key=head.count)
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter)
    try:
        for cells in reader:
            if len(cells) > limits.columns:
                raise _too_wide(limits)
            if any(cell.strip() for cell in cells):
                yield reader.line_num, cells, False
    except csv.Error:
        raise FileRefused(
            Refusal.DAMAGED, f"Line {reader.line_num} cannot be read.", "Save the list as CSV again, or as .xlsx."
        ) from None


def _decoded(raw: bytes) -> str:
    for encoding in ("utf-16",) if raw.startswith(_UTF_16) else _ENCODINGS:
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise FileRefused(Refusal.UNKNOWN_ENCODING, "The file is no text and no workbook.", "Send CSV (UTF-8) or .xlsx.")


def _workbook(path: Path, limits: FileLimits) -> Iterator[RawRow]:
    deadline = Deadline(limits.opening_seconds)
    package = Package(path, limits)
    try:
        book = read_book(package, limits, deadline)
        texts = read_texts(package, book.texts_part, limits, deadline)
        try:
            for sheet in book.sheets:
                found = False
                for row in _sheet(package, book, texts, sheet, limits):
                    found = True
                    yield row
                if found:
                    return
        finally:
            texts.close()
    finally:
        package.close()


def _sheet(package: Package, book: Book, texts: Texts, sheet: Sheet, limits: FileLimits) -> Iterator[RawRow]:
    deadline = Deadline(limits.opening_seconds)
    filler = Filler(find_merges(package, sheet.part, limits, deadline), limits)
    reader = SheetReader(CellReader(book, texts), limits)
    try:
        for row in reader.rows(package, sheet.part, deadline):
            if row.width > limits.columns:
                raise _too_wide(limits)
            cells = filler.fill(row.line, row.cells)
            if any(cell.strip() for cell in cells):
                yield row.line, cells, bool(row.faults)
    except Unreadable as error:
        raise FileRefused(Refusal.DAMAGED, str(error), "Save the workbook again.") from error


def _too_wide(limits: FileLimits) -> FileRefused:
    sentence = f"The list has more than {limits.columns} columns."
    return FileRefused(Refusal.TOO_MANY_COLUMNS, sentence, "Send the columns of the list only.")
