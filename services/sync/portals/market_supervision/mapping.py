"""The market-supervision system's items: under an enterprise, its penalties and licences. Pure."""

from collections.abc import Iterable, Mapping
from datetime import date
from hashlib import sha256
from typing import Any

from services.sync.domain.stages import Progress, Stage
from services.sync.portals.base import PushOrder
from services.sync.portals.columns import Column, expected_fields, fields_by_label, wire_row
from services.sync.portals.dual_disclosure import (
    last_display_day,
    of_licence,
    of_penalty,
    of_record,
    penalty_types_text,
)
from services.sync.portals.pages import Entry
from services.sync.portals.texts import clean, comparable_number, read_amount, read_day, written_day, written_wan
from shared.contracts.records import Record
from shared.vocabulary import RecordKind, TakeDownReason

_ENTERPRISE: tuple[Column, ...] = (
    Column("uniscId", "统一社会信用代码", "uscc", of_record(lambda r: r.subject.uscc)),
    Column("entName", "企业名称", "subject_name", of_record(lambda r: r.subject.name)),
)
_PENALTY: tuple[Column, ...] = (
    Column("penDecNo", "决定书文号", "document_number", of_record(lambda r: r.document_number)),
    Column("illegActType", "违法行为类型", "violation_type", of_penalty(lambda d: d.violation_type)),
    Column("mainIllegFact", "主要违法事实", "violation_facts", of_penalty(lambda d: d.violation_facts)),
    Column("penBasis", "处罚依据", "legal_basis", of_penalty(lambda d: d.legal_basis)),
    Column("penType", "处罚种类", "penalty_types", of_penalty(penalty_types_text)),
    Column("penContent", "处罚内容", "penalty_content", of_penalty(lambda d: d.penalty_content)),
    Column("penAm", "罚款金额", "fine", of_penalty(lambda d: written_wan(d.fine)), read_amount),
    Column("forfAm", "没收金额", "confiscated", of_penalty(lambda d: written_wan(d.confiscated)), read_amount),
    Column("penAuth", "决定机关名称", "issuing_authority", of_record(lambda r: r.issuing_authority.name)),
    Column("penDecIssDate", "处罚决定日期", "decided_on", of_record(lambda r: written_day(r.decided_on)), read_day),
    Column("pubDeadline", "公示截止日期", "closes_on", last_display_day, read_day),
)
_LICENCE: tuple[Column, ...] = (
    Column("licNo", "许可文件编号", "document_number", of_record(lambda r: r.document_number)),
    Column("licName", "许可文件名称", "document_title", of_licence(lambda d: d.certificate_name or d.document_title)),
    Column("licItem", "许可内容", "licence_content", of_licence(lambda d: d.licence_content)),
    Column("licAnth", "许可机关", "issuing_authority", of_record(lambda r: r.issuing_authority.name)),
    Column("licDecDate", "许可决定日期", "decided_on", of_record(lambda r: written_day(r.decided_on)), read_day),
    Column("valFrom", "有效期自", "valid_from", of_licence(lambda d: written_day(d.valid_from)), read_day),
    Column("valTo", "有效期至", "valid_until", of_licence(lambda d: written_day(d.valid_until)), read_day),
    Column("pubDeadline", "公示截止日期", "closes_on", last_display_day, read_day),
)

COLUMNS: Mapping[RecordKind, tuple[Column, ...]] = {RecordKind.PENALTY: _PENALTY, RecordKind.LICENCE: _LICENCE}
_CODES = {RecordKind.PENALTY: "pen", RecordKind.LICENCE: "lic"}
_REMOVAL_CODES = {
    TakeDownReason.WINDOW_EXPIRED: "EXPIRED",
    TakeDownReason.REPAIR_APPROVED: "REPAIR",
    TakeDownReason.DECISION_WITHDRAWN: "WITHDRAWN",
    TakeDownReason.NO_LONGER_PUBLISHABLE: "NOT_PUBLIC",
    TakeDownReason.SUBJECT_GONE: "SUBJECT_GONE",
}
_STAGES = {"待受理": Stage.FILED, "已受理": Stage.ACCEPTED, "已准予": Stage.GRANTED}


def portal_key(record: Record) -> str:
    """The USCC, then what the portal derives from the authority's name and the document number."""
    parts = (clean(record.issuing_authority.name), comparable_number(clean(record.document_number)))
    return f"{record.subject.uscc}-{_CODES[record.kind]}-{sha256('|'.join(parts).encode()).hexdigest()[:24]}"


def enterprise_body(orders: Iterable[PushOrder], today: date) -> dict[str, object]:
    """One enterprise and what is to be shown or removed of it. `today` is the day on which we hand it over."""
    of_enterprise = list(orders)
    return {
        "entName": clean(of_enterprise[-1].record.subject.name),
        "records": [_entry(order, today) for order in of_enterprise],
    }


def _entry(order: PushOrder, today: date) -> dict[str, object]:
    info = wire_row(COLUMNS[order.record.kind], order.record, order.closes_on)
    return {
        **(_removal(order, today) if order.take_down else {}),
        "serialNo": order.idempotency_key,
        "version": order.generation,
        "operation": "REMOVE" if order.take_down else "PUBLISH",
        "infoType": _CODES[order.record.kind],
        "info": {**info, "entName": clean(order.record.subject.name), "publicDate": written_day(today)},
    }


def _removal(order: PushOrder, today: date) -> dict[str, object]:
    """Why the record goes. A repair needs a form, which the bureau files itself (常应急〔2022〕19号 art. 10)."""
    removal: dict[str, object] = {"removeReason": _REMOVAL_CODES[order.reason]} if order.reason else {}
    if order.reason is TakeDownReason.REPAIR_APPROVED:
        filed_by = clean(order.record.source_authority.name)
        form = {"formNo": order.idempotency_key, "filedBy": filed_by, "filedOn": written_day(today)}
        removal["repairForm"] = form
    return removal


def progress(form: Mapping[str, Any]) -> Progress | None:
    """How far a filed form has come; None when the words are not known."""
    stage, since = _STAGES.get(str(form.get("status", ""))), form.get("since")
    try:
        return Progress(stage, date.fromisoformat(str(since))) if stage else None
    except ValueError:
        return None


def shown(record: Record, closes_on: date | None) -> Mapping[str, str]:
    return expected_fields((*_ENTERPRISE, *COLUMNS[record.kind]), record, closes_on)


def columns_of(entry: Entry) -> tuple[Column, ...]:
    """The template of an entry. The key tells of which kind it is."""
    return (*_ENTERPRISE, *COLUMNS[RecordKind.LICENCE if "-lic-" in entry.key else RecordKind.PENALTY])


def read_entry(entry: Entry) -> Mapping[str, str]:
    """The fields of a page."""
    return fields_by_label(columns_of(entry), entry.shown)
