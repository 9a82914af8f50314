"""The county's rows and pages: the 双公示 templates as they stand, under keys of its own. Pure."""

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

COLUMNS = {RecordKind.PENALTY: dual_disclosure.PENALTY, RecordKind.LICENCE: dual_disclosure.LICENCE}
CODES = {RecordKind.PENALTY: "CF", RecordKind.LICENCE: "XK"}


def portal_key(record: Record) -> str:
    number = comparable_number(clean(record.document_number))
    parts = (clean(record.issuing_authority.code), number, clean(record.subject.uscc))
    return f"county-{CODES[record.kind]}-{sha256('|'.join(parts).encode()).hexdigest()[:24]}"


def shown(record: Record, closes_on: date | None) -> Mapping[str, str]:
    return expected_fields(COLUMNS[record.kind], record, closes_on)


def columns_of(entry: Entry) -> tuple[Column, ...]:
    return COLUMNS[RecordKind.LICENCE if "-XK-" in entry.key else RecordKind.PENALTY]


def read_entry(entry: Entry) -> Mapping[str, str]:
    return fields_by_label(columns_of(entry), entry.shown)


def row(order: PushOrder) -> dict[str, object]:
    return {
        "template": CODES[order.record.kind],
        "hide": order.take_down,
        "version": order.generation,
        "serial": order.idempotency_key,
        "data": wire_row(COLUMNS[order.record.kind], order.record, order.closes_on),
    }
