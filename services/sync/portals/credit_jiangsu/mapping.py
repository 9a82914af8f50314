"""Credit Jiangsu's rows, pages and export file: the 双公示 templates, in the columns of the exchange tables. Pure."""

import csv
import gzip
import io
import zlib
from collections.abc import Iterator, Mapping
from datetime import date
from hashlib import sha256

from services.sync.portals import dual_disclosure
from services.sync.portals.base import IncompleteListing, Listed, PushOrder
from services.sync.portals.columns import Column, expected_fields, fields_by_label, fields_by_wire, wire_row
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


def read_entry(entry: Entry) -> Mapping[str, str]:
    """The fields of a page. The key tells which template it shows."""
    kind = RecordKind.LICENCE if entry.key.startswith("js-xk-") else RecordKind.PENALTY
    return fields_by_label(COLUMNS[kind], entry.shown)


def read_export(packed: bytes) -> Iterator[Listed]:
    """The rows of the export file. Raises `IncompleteListing` unless its last line confirms their number."""
    try:
        text = gzip.decompress(packed).decode("utf-8-sig")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise IncompleteListing(f"the export cannot be unpacked: {error}") from error
    rows = csv.reader(io.StringIO(text, newline=""))
    header = next(rows, [])
    if header[:2] != ["JLBH", "MBLX"]:
        raise IncompleteListing("the export does not begin with the known columns")
    count = 0
    for row in rows:
        if row[:1] == [_TRAILER]:
            if row[1:2] != [str(count)]:
                raise IncompleteListing(f"the export announces {row[1:2]} rows and holds {count}")
            return
        count += 1
        yield _listed(dict(zip(header, row, strict=False)))
    raise IncompleteListing(f"the export ends after {count} rows without its last line")


def _listed(row: Mapping[str, str]) -> Listed:
    columns = COLUMNS[_KINDS.get(row.get("MBLX", ""), RecordKind.PENALTY)]
    return Listed(row["JLBH"], fields_by_wire(columns, row))
