"""Finds the header among the first rows of a table and turns what is wrong with it into a refusal or a note."""

from collections.abc import Iterator, Sequence
from typing import NoReturn

from services.ingest.files.limits import FileLimits
from services.ingest.files.refusal import FileRefused, Refusal
from services.ingest.files.table import FileNote, NoteCode
from services.ingest.mapping.header import (
    Header,
    HeaderProblem,
    HeaderRefused,
    is_header,
    kind_of,
    known_columns,
    read_header,
)
from shared.vocabulary import RecordKind

_NAMED = 12  # columns that one sentence names
_ADVICE = "Keep one row of column names (codes or the Chinese titles of the template) above the data."


def find_header(rows: Sequence[Sequence[str]], widths: Sequence[int], limits: FileLimits) -> int | None:
    """Which of the first rows names the most columns; the first of equals. Refuses a header that is too wide.

    `widths` are those that the rows have in the file; of a row that is too wide not every cell need be held.
    """
    best, most, widest = None, 0, 0
    for at, (cells, width) in enumerate(zip(rows[: limits.header_within], widths, strict=False)):
        if width > limits.columns:
            widest = max(widest, width if best is None else 0)
            continue
        named = known_columns(cells) if is_header(cells) else 0
        if named > most:
            best, most = at, named
    if widest:
        raise FileRefused(
            Refusal.TOO_MANY_COLUMNS,
            f"The table has {widest} columns; {limits.columns} are read at most.",
            "Send the columns of the template only.",
        )
    return best


def take_header(cells: Sequence[str], kind: RecordKind | None) -> Header:
    """The header in these cells, or `FileRefused`."""
    try:
        return read_header(cells, kind)
    except HeaderRefused as refused:
        _refuse(refused, kind)


def no_header(where: str) -> FileRefused:
    return FileRefused(Refusal.NO_HEADER, f"{where} name no columns of a known template.", _ADVICE)


def header_notes(header: Header, rows_above: int) -> Iterator[FileNote]:
    """What the receiver of the receipt should know about the columns."""
    if rows_above:
        yield FileNote(NoteCode.ROWS_ABOVE_HEADER, f"{rows_above} rows above the header were taken as a title.")
    yield from surplus_note(header.unknown)
    if header.doubled:
        sentence = f"Unknown columns stand more than once and are told apart by a number: {_list(header.doubled)}."
        yield FileNote(NoteCode.DOUBLED_COLUMNS, sentence)
    if header.missing:
        yield FileNote(
            NoteCode.MISSING_COLUMNS, f"Required columns are missing, so rows will be stopped: {_list(header.missing)}."
        )


def surplus_note(unknown: Sequence[str]) -> Iterator[FileNote]:
    """Columns that are sent and not read."""
    if unknown:
        sentence = f"Columns that the template does not know are not read: {_list(unknown)}."
        yield FileNote(NoteCode.SURPLUS_COLUMNS, sentence)


def kind_of_keys(keys: Sequence[str], kind: RecordKind | None) -> RecordKind:
    """The kind of record of rows that bring their own column names, or `FileRefused`."""
    try:
        return kind_of(keys, kind)
    except HeaderRefused as refused:
        _refuse(refused, kind)


def _refuse(refused: HeaderRefused, kind: RecordKind | None) -> NoReturn:
    about = _list(refused.about)
    if refused.problem is HeaderProblem.DOUBLED:
        raise FileRefused(
            Refusal.DOUBLED_COLUMNS,
            f"The header names a column more than once: {about}.",
            "Keep one column of each; which one is right cannot be guessed.",
        ) from refused
    if refused.problem is HeaderProblem.TWO_KINDS:
        raise FileRefused(
            Refusal.AMBIGUOUS_KIND,
            f"The columns could be of several kinds of record: {about}.",
            "Say which kind it is, and send one kind of record in a file.",
        ) from refused
    if refused.problem is HeaderProblem.OTHER_KIND:
        raise FileRefused(
            Refusal.OTHER_KIND,
            f"The file was sent as {kind}, and its columns are those of {about}.",
            "Send it as the kind that it holds.",
        ) from refused
    raise no_header("The first rows") from refused


def _list(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")
