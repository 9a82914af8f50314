"""Credit China's rows and pages: the 双公示 templates as they stand. Pure."""

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
TEMPLATE_CODES = {RecordKind.PENALTY: "CF", RecordKind.LICENCE: "XK"}


def portal_key(record: Record) -> str:
    """The address of the detail page, which the portal derives from authority code, document number and USCC."""
    authority, number = clean(record.issuing_authority.code), comparable_number(clean(record.document_number))
    parts = (authority, number, clean(record.subject.uscc))
    return TEMPLATE_CODES[record.kind] + sha256("|".join(parts).encode()).hexdigest()[:24]


def batch_row(order: PushOrder) -> dict[str, object]:
    """One row of a batch: the template's columns beside what the interface adds."""
    return {
        "template": TEMPLATE_CODES[order.record.kind],
        "action": "撤下" if order.take_down else "上报",
        "version": order.generation,
        "serial": order.idempotency_key,
        "data": wire_row(COLUMNS[order.record.kind], order.record, order.closes_on),
    }


def shown(record: Record, closes_on: date | None) -> Mapping[str, str]:
    return expected_fields(COLUMNS[record.kind], record, closes_on)


def columns_of(entry: Entry) -> tuple[Column, ...]:
    """The template of an entry. The key tells which one it is."""
    return COLUMNS[RecordKind.LICENCE if entry.key.startswith("XK") else RecordKind.PENALTY]


def digest_values(record: Record, closes_on: date | None) -> Mapping[str, str]:
    """The values as sent, without those that no page shows: the portal makes its digests over them."""
    columns = [column for column in COLUMNS[record.kind] if column.label]
    return wire_row(columns, record, closes_on)


def read_entry(entry: Entry) -> Mapping[str, str]:
    """The fields of a page."""
    return fields_by_label(columns_of(entry), entry.shown)
