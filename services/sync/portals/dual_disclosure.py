"""The 双公示 templates of penalties (`CF_*`) and licences (`XK_*`), which Credit China and Credit Jiangsu both use.

Pure: a record in, a row or the expected fields out. The legal representative's own number is never written
(guarantee G12), and natural persons have no row at all.
"""

from collections.abc import Callable
from datetime import date

from services.sync.portals.columns import Column
from services.sync.portals.texts import read_amount, read_day, written_day, written_wan
from shared.contracts.records import LicenceDetail, PenaltyDetail, Record
from shared.vocabulary import CHINESE_PENALTY_TYPES, CHINESE_SUBJECT_KINDS, PenaltyType

_PENALTY_TYPE_NAMES: dict[PenaltyType, str] = {kind: name for name, kind in CHINESE_PENALTY_TYPES.items()}
_SUBJECT_KIND_NAMES = {kind: name for name, kind in CHINESE_SUBJECT_KINDS.items()}

LONG_TERM = "2099-12-31"
"""长期: what the templates want where a date is required and the decision names none."""


def penalty_types_text(detail: PenaltyDetail) -> str:
    """Several kinds in one column are joined by a semicolon."""
    return ";".join(_PENALTY_TYPE_NAMES[kind] for kind in detail.penalty_types)


def of_penalty(value: Callable[[PenaltyDetail], str | None]) -> Callable[[Record, date | None], str]:
    def write(record: Record, _closes_on: date | None) -> str:
        return (value(record.detail) if isinstance(record.detail, PenaltyDetail) else None) or ""

    return write


def of_licence(value: Callable[[LicenceDetail], str | None]) -> Callable[[Record, date | None], str]:
    def write(record: Record, _closes_on: date | None) -> str:
        return (value(record.detail) if isinstance(record.detail, LicenceDetail) else None) or ""

    return write


def of_record(value: Callable[[Record], str | None]) -> Callable[[Record, date | None], str]:
    def write(record: Record, _closes_on: date | None) -> str:
        return value(record) or ""

    return write


def last_display_day(_record: Record, closes_on: date | None) -> str:
    return written_day(closes_on)


def _subject(prefix: str) -> tuple[Column, ...]:
    return (
        Column(f"{prefix}_XDR_MC", "行政相对人名称", "subject_name", of_record(lambda r: r.subject.name)),
        Column(
            f"{prefix}_XDR_LB",
            "行政相对人类别",
            "subject_kind",
            of_record(lambda r: _SUBJECT_KIND_NAMES[r.subject.kind]),
        ),
        Column(f"{prefix}_XDR_SHXYM", "统一社会信用代码", "uscc", of_record(lambda r: r.subject.uscc)),
        Column(
            f"{prefix}_FRDB", "法定代表人", "legal_representative", of_record(lambda r: r.subject.legal_representative)
        ),
    )


PENALTY: tuple[Column, ...] = (
    *_subject("CF"),
    Column("CF_WSH", "行政处罚决定书文号", "document_number", of_record(lambda r: r.document_number)),
    Column("CF_WFXW", "违法行为类型", "violation_type", of_penalty(lambda d: d.violation_type)),
    Column("CF_SY", "违法事实", "violation_facts", of_penalty(lambda d: d.violation_facts)),
    Column("CF_YJ", "处罚依据", "legal_basis", of_penalty(lambda d: d.legal_basis)),
    Column("CF_CFLB", "处罚类别", "penalty_types", of_penalty(penalty_types_text)),
    Column("CF_NR", "处罚内容", "penalty_content", of_penalty(lambda d: d.penalty_content)),
    Column("CF_NR_FK", "罚款金额", "fine", of_penalty(lambda d: written_wan(d.fine)), read_amount),
    Column("CF_NR_WFFF", "没收金额", "confiscated", of_penalty(lambda d: written_wan(d.confiscated)), read_amount),
    Column("CF_NR_ZKDX", "暂扣或吊销证照名称及编号", "withheld_licence", of_penalty(lambda d: d.withheld_licence)),
    Column("CF_JDRQ", "处罚决定日期", "decided_on", of_record(lambda r: written_day(r.decided_on)), read_day),
    Column(
        "CF_YXQ",
        "处罚有效期",
        "penalty_valid_until",
        of_penalty(lambda d: written_day(d.penalty_valid_until) or LONG_TERM),
        read_day,
    ),
    Column("CF_GSJZQ", "公示截止期", "closes_on", last_display_day, read_day),
    Column("CF_CFJG", "处罚机关", "issuing_authority", of_record(lambda r: r.issuing_authority.name)),
    Column("CF_CFJGDM", None, "issuing_authority_code", of_record(lambda r: r.issuing_authority.code)),
    Column("CF_SJLY", "数据来源单位", "source_authority", of_record(lambda r: r.source_authority.name)),
    Column("CF_SJLYDM", None, "source_authority_code", of_record(lambda r: r.source_authority.code)),
    Column("BZ", "备注", "remark", of_record(lambda r: r.remark)),
)

LICENCE: tuple[Column, ...] = (
    *_subject("XK"),
    Column("XK_XKWS", "行政许可决定文书名称", "document_title", of_licence(lambda d: d.document_title)),
    Column("XK_WSH", "行政许可决定文书号", "document_number", of_record(lambda r: r.document_number)),
    Column("XK_XKLB", "许可类别", "category", of_licence(lambda d: d.category)),
    Column("XK_XKZS", "许可证书名称", "certificate_name", of_licence(lambda d: d.certificate_name)),
    Column("XK_XKBH", "许可编号", "licence_number", of_licence(lambda d: d.licence_number)),
    Column("XK_NR", "许可内容", "licence_content", of_licence(lambda d: d.licence_content)),
    Column("XK_JDRQ", "许可决定日期", "decided_on", of_record(lambda r: written_day(r.decided_on)), read_day),
    Column("XK_YXQZ", "有效期自", "valid_from", of_licence(lambda d: written_day(d.valid_from)), read_day),
    Column("XK_YXQZI", "有效期至", "valid_until", of_licence(lambda d: written_day(d.valid_until)), read_day),
    Column("XK_XKJG", "许可机关", "issuing_authority", of_record(lambda r: r.issuing_authority.name)),
    Column("XK_XKJGDM", None, "issuing_authority_code", of_record(lambda r: r.issuing_authority.code)),
    Column("XK_ZT", "当前状态", "state", of_licence(lambda d: "1" if d.valid else "2")),
    Column("XK_LYDW", "数据来源单位", "source_authority", of_record(lambda r: r.source_authority.name)),
    Column("XK_LYDWDM", None, "source_authority_code", of_record(lambda r: r.source_authority.code)),
    Column("BZ", "备注", "remark", of_record(lambda r: r.remark)),
)
