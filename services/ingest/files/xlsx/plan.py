"""Which sheets of a workbook are read, and as what: all those with a recognised header of one kind of record."""

from collections.abc import Iterator
from typing import NamedTuple

from services.ingest.files.headers import find_header, header_notes, no_header, take_header
from services.ingest.files.limits import FileLimits
from services.ingest.files.refusal import FileRefused, Refusal
from services.ingest.files.shape import Shape
from services.ingest.files.table import FileNote, NoteCode
from services.ingest.files.xlsx.book import Book, Sheet
from services.ingest.files.xlsx.cells import CellReader
from services.ingest.files.xlsx.deadline import Deadline
from services.ingest.files.xlsx.merges import Filler, Merge, find_merges
from services.ingest.files.xlsx.package import Package, damaged
from services.ingest.files.xlsx.sheet import SheetReader, SheetRow
from services.ingest.files.xlsx.xml import Unreadable
from services.ingest.mapping.header import Header
from shared.vocabulary import RecordKind


class SheetPlan(NamedTuple):
    """One sheet that is read."""

    sheet: Sheet
    header: Header
    header_cells: list[str]
    header_line: int
    shape: Shape
    merges: list[Merge]
    rows_above: int


class _Candidate(NamedTuple):
    """A sheet with the row that may be its header, or None where no row is one."""

    sheet: Sheet
    rows: list[SheetRow]
    merges: list[Merge]
    at: int | None


def plan_sheets(
    package: Package, book: Book, cells: CellReader, limits: FileLimits, kind: RecordKind | None, deadline: Deadline
) -> tuple[list[SheetPlan], list[FileNote]]:
    """The sheets to read and what is to be said of them, or `FileRefused`."""
    candidates = [_candidate(package, sheet, cells, limits, deadline) for sheet in book.sheets]
    with_header = [one for one in candidates if one.at is not None]
    if not with_header:
        raise no_header(f"The first {limits.header_within} rows of every sheet")
    plans, refused = _plans(with_header, kind)
    if not plans:
        raise refused[0][1]
    kinds = sorted({plan.header.kind for plan in plans})
    if len(kinds) > 1:
        raise FileRefused(
            Refusal.AMBIGUOUS_KIND,
            f"The sheets hold several kinds of record: {', '.join(kinds)}.",
            "Say which kind is to be read, or send one kind in a file.",
        )
    unread = [one.sheet for one in candidates if one.at is None and one.rows] + [sheet for sheet, _ in refused]
    return plans, list(_notes(plans, unread))


def _candidate(package: Package, sheet: Sheet, cells: CellReader, limits: FileLimits, deadline: Deadline) -> _Candidate:
    merges = find_merges(package, sheet.part, limits, deadline)
    filler = Filler(merges, limits)
    rows: list[SheetRow] = []
    try:
        for row in SheetReader(cells, limits).rows(package, sheet.part, deadline):
            rows.append(row._replace(cells=filler.fill(row.line, row.cells, is_header=True)))
            if len(rows) == limits.header_within:
                break
    except Unreadable as error:
        raise damaged(str(error)) from error
    # As wide as the row is, so that a table that is too wide is seen though its cells are not kept.
    wide = [row.cells + [""] * (row.width - len(row.cells)) for row in rows]
    return _Candidate(sheet, rows, merges, find_header(wide, [len(cells) for cells in wide], limits))


def _plans(
    candidates: list[_Candidate], kind: RecordKind | None
) -> tuple[list[SheetPlan], list[tuple[Sheet, FileRefused]]]:
    """A sheet of another kind than the sender names is left; any other problem of a header refuses the file."""
    plans: list[SheetPlan] = []
    refused: list[tuple[Sheet, FileRefused]] = []
    for sheet, rows, merges, at in candidates:
        row = rows[at or 0]
        try:
            header = take_header(row.cells, kind)
        except FileRefused as error:
            if error.reason_code is not Refusal.OTHER_KIND:
                raise
            refused.append((sheet, error))
            continue
        plans.append(SheetPlan(sheet, header, row.cells, row.line, Shape(header), merges, at or 0))
    return plans, refused


def _notes(plans: list[SheetPlan], unread: list[Sheet]) -> Iterator[FileNote]:
    if len(plans) > 1 or unread:
        names = ", ".join(plan.sheet.name for plan in plans)
        yield FileNote(NoteCode.SHEETS_READ, f"Sheets read: {names}.")
    for sheet in unread:
        yield FileNote(NoteCode.SHEET_NOT_READ, f"The sheet {sheet.name} has no header of this kind and was not read.")
    for plan in plans:
        if plan.sheet.is_hidden:
            yield FileNote(NoteCode.HIDDEN_SHEET, f"The sheet {plan.sheet.name} is hidden and was read.")
        if plan.merges:
            sentence = f"Merged cells of the sheet {plan.sheet.name} were read with the value of their first cell."
            yield FileNote(NoteCode.MERGED_CELLS, sentence)
        yield from header_notes(plan.header, plan.rows_above)
