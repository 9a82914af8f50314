"""Credit Jiangsu's export file: rows in the columns of the exchange tables, and a last line that confirms their number.

Every row is handed out as it is read. That the file was whole is known at its end, as with a list of pages: nothing
may be concluded before, and a file that is cut short or goes on behind its last line ends as `IncompleteListing`.
"""

import csv
import gzip
import zlib
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from services.sync.portals.base import Digested, IncompleteListing, Listed
from services.sync.portals.columns import WireRows
from services.sync.portals.credit_jiangsu.mapping import COLUMNS
from shared.vocabulary import RecordKind

_KINDS = {"CF": RecordKind.PENALTY, "XK": RecordKind.LICENCE}
_TRAILER = "#TOTAL"
_LEADING = ["JLBH", "MBLX"]


def read_export(packed: BinaryIO) -> Iterator[Listed]:
    """The rows with the fields that they show."""
    for template, row in _rows(packed):
        yield Listed(row[0], template.fields(row))


def digest_export(packed: BinaryIO) -> Iterator[Digested]:
    """The rows with digests of these fields, which takes two thirds of the time."""
    for template, row in _rows(packed):
        yield Digested(row[0], template.digest(row))


def _rows(packed: BinaryIO) -> Iterator[tuple[WireRows, Sequence[str]]]:
    """Each row with the template of its kind."""
    lines = _lines(packed)
    header = next(lines)
    of_kind = {code: WireRows(COLUMNS[kind], header) for code, kind in _KINDS.items()}
    usual = of_kind["CF"]
    count, confirmed = 0, None
    for row in lines:
        if confirmed is not None:
            raise IncompleteListing("the export goes on behind its last line")
        if row and row[0] == _TRAILER:
            confirmed = row[1:2]
            continue
        if len(row) < len(_LEADING):
            raise IncompleteListing("a row of the export has no key or no kind")
        count += 1
        yield of_kind.get(row[1], usual), row
    if confirmed is None:
        raise IncompleteListing(f"the export ends after {count} rows without its last line")
    if confirmed != [str(count)]:
        raise IncompleteListing(f"the export announces {confirmed} rows and holds {count}")


def _lines(packed: BinaryIO) -> Iterator[list[str]]:
    """The header, whose first columns are the known ones, and all that follows it."""
    packed.seek(0)
    try:
        with gzip.open(packed, "rt", encoding="utf-8-sig", newline="") as text:
            lines = csv.reader(text)
            header = next(lines, [])
            if header[: len(_LEADING)] != _LEADING:
                raise IncompleteListing("the export does not begin with the known columns")
            yield header
            yield from lines
    except (OSError, EOFError, zlib.error, UnicodeDecodeError, csv.Error) as error:
        raise IncompleteListing(f"the export cannot be unpacked: {error}") from error
