"""Credit Jiangsu's rows and pages: the 双公示 templates, in the columns of the exchange tables. Pure."""

from collections.abc import Mapping
from datetime import date
from hashlib import sha256

from services.sync.portals import dual_disclosure
from services.sync.portals.base import PushOrder
from services.sync.portals.columns import Column, expected_fields, fields_by_label, wire_row
from services.sync.portals.pages import Entry
from services.sync.portals.texts import clean, comparable_number
from shared.contracts.records import Record
from shared.vocabulary import RecordKind

COLUMNS: Mapping[RecordKind, tuple[Column, ...]] = {
    RecordKind.PENALTY: dual_disclosure.PENALTY,
    RecordKind.LICENCE: dual_disclosure.LICENCE,
}
_CODES = {RecordKind.PENALTY: "cf", RecordKind.LICENCE: "xk"}


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
