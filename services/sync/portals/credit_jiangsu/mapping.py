"""Credit Jiangsu's rows, pages and export file: the 双公示 templates, in the columns of the exchange tables. Pure."""

import csv
import gzip
import zlib
from collections.abc import Iterator, Mapping
from datetime import date
from hashlib import sha256
from typing import BinaryIO

from services.sync.portals import dual_disclosure
from services.sync.portals.base import IncompleteListing, Listed, PushOrder
from services.sync.portals.columns import Column, WireRows, expected_fields, fields_by_label, wire_row
from services.sync.portals.pages import Entry
from services.sync.portals.texts import clean, comparable_number
from shared.contracts.records import Record
from shared.vocabulary import RecordKind

COLUMNS: Mapping[RecordKind, tuple[Column, ...]] = {
    RecordKind.PENALTY: dual_disclosure.PENALTY,
    RecordKind.LICENCE: dual_disclosure.LICENCE,
}
_CODES = {RecordKind.PENALTY: "cf", RecordKind.LICENCE: "xk"}
_KINDS = {"CF": RecordKind.PENALTY, "XK": RecordKind.LICENCE}
_TRAILER = "#TOTAL"
_LEADING = ["JLBH", "MBLX"]


def portal_key(record: Record) -> str:
    """The address of the detail page, made from authority code, document number and USCC."""
    authority, number = clean(record.issuing_authority.code), comparable_number(clean(record.document_number))
    parts = (authority, number, clean(record.subject.uscc))
    return f"js-{_CODES[record.kind]}-{sha256('|'.join(parts).encode()).hexdigest()[:24]}"


def exchange_row(order: PushOrder, serial: str) -> dict[str, object]:
    """One row of an exchange table: its own serial number, the order, operation, version, the template's columns."""
    values = wire_row(COLUMNS[order.record.kind], order.record, order.closes_on)
    return {
        "ywlsh": serial,
        "bsbs": order.idempotency_key,
        "czlx": "D" if order.take_down else "I",
        "bbh": order.generation,
        **{name.lower(): value for name, value in values.items()},
    }


def shown(record: Record, closes_on: date | None) -> Mapping[str, str]:
    return expected_fields(COLUMNS[record.kind], record, closes_on)


def columns_of(entry: Entry) -> tuple[Column, ...]:
    """The template of an entry. The key tells which one it is."""
    return COLUMNS[RecordKind.LICENCE if entry.key.startswith("js-xk-") else RecordKind.PENALTY]


def read_entry(entry: Entry) -> Mapping[str, str]:
    """The fields of a page."""
    return fields_by_label(columns_of(entry), entry.shown)


def check_export(packed: BinaryIO) -> None:
    """Raises `IncompleteListing` unless the last line of the export file confirms the number of its rows."""
    count, confirmed = 0, None
    for row in _rows(packed):
        if confirmed is not None:
            raise IncompleteListing("the export goes on behind its last line")
        if row[:1] == [_TRAILER]:
            confirmed = row[1:2]
        else:
            count += 1
    if confirmed is None:
        raise IncompleteListing(f"the export ends after {count} rows without its last line")
    if confirmed != [str(count)]:
        raise IncompleteListing(f"the export announces {confirmed} rows and holds {count}")


def read_export(packed: BinaryIO) -> Iterator[Listed]:
    """The rows of an export file that was checked, read as they are asked for."""
    rows = _rows(packed, with_header=True)
    header = next(rows)
    of_kind = {code: WireRows(COLUMNS[kind], header) for code, kind in _KINDS.items()}
    usual = of_kind["CF"]
    for row in rows:
        if row[:1] == [_TRAILER]:
            continue
        if len(row) < len(_LEADING):
            raise IncompleteListing("a row of the export has no key or no kind")
        yield Listed(row[0], of_kind.get(row[1], usual).fields(row))


def _rows(packed: BinaryIO, *, with_header: bool = False) -> Iterator[list[str]]:
    packed.seek(0)
    try:
        with gzip.open(packed, "rt", encoding="utf-8-sig", newline="") as text:
            rows = csv.reader(text)
            header = next(rows, [])
            if header[: len(_LEADING)] != _LEADING:
                raise IncompleteListing("the export does not begin with the known columns")
            if with_header:
                yield header
            yield from rows
    except (OSError, EOFError, zlib.error, UnicodeDecodeError, csv.Error) as error:
        raise IncompleteListing(f"the export cannot be unpacked: {error}") from error
