"""Events as services tell them, about invented records; a test names only what it is about."""

from datetime import date
from decimal import Decimal
from typing import Any

from shared.clock import start_of_legal_day
from shared.contracts.events import (
    AbsenceObserved,
    PublicationOffline,
    PublicationOnline,
    PublicationRetold,
    RecordAdmitted,
    RecordAmended,
    RecordVoided,
    RepairApproved,
    Withdrawal,
)
from shared.contracts.records import Authority, LicenceDetail, PenaltyDetail, Record, Subject
from shared.ids import new_id
from shared.vocabulary import Audience, PenaltyType, Portal, SubjectKind, TakeDownReason, WithdrawalKind
from tests.support.rows import AUTHORITY, COMPANY
from tests.support.web import START

DECIDED = date(2026, 10, 30)
SUBMITTED = date(2026, 11, 2)


def record(
    decided_on: date = DECIDED,
    *types: PenaltyType,
    fine: int | None = 60_000,
    subject_kind: SubjectKind = SubjectKind.LEGAL_PERSON,
    authority: str = AUTHORITY,
) -> Record:
    """A fine of 60,000 yuan against an invented company of Nantong."""
    detail = PenaltyDetail(
        violation_type="未按规定培训",
        violation_facts="未对从业人员进行安全生产教育和培训。",
        legal_basis="《中华人民共和国安全生产法》第九十七条",
        penalty_types=types or (PenaltyType.FINE,),
        penalty_content="罚款人民币60000元。",
        fine=None if fine is None else Decimal(fine),
    )
    return _record(decided_on, detail, subject_kind, authority)


def licence_record(decided_on: date = DECIDED, valid_until: date = date(2029, 10, 29), *, valid: bool = True) -> Record:
    """A safety licence of the same company."""
    detail = LicenceDetail(
        document_title="准予行政许可决定书",
        category="普通",
        licence_content="危险化学品生产",
        valid_from=decided_on,
        valid_until=valid_until,
        valid=valid,
    )
    return _record(decided_on, detail, SubjectKind.LEGAL_PERSON, AUTHORITY)


def _record(
    decided_on: date, detail: PenaltyDetail | LicenceDetail, subject_kind: SubjectKind, authority: str
) -> Record:
    body = Authority(code=authority, name="南通市应急管理局")
    return Record(
        document_number="（苏通）应急罚〔2026〕1号",
        subject=Subject(kind=subject_kind, key=COMPANY, name="南通样例化工有限公司", uscc=COMPANY),
        issuing_authority=body,
        source_authority=body,
        region=authority[2:8],
        decided_on=decided_on,
        detail=detail,
    )


def admitted(
    record_id: str = "", of: Record | None = None, generation: int = 1, on: date = SUBMITTED
) -> RecordAdmitted:
    return RecordAdmitted(
        record_id=record_id or new_id(), generation=generation, first_submitted_on=on, record=of or record()
    )


def amended(record_id: str, of: Record, generation: int = 2, on: date = SUBMITTED) -> RecordAmended:
    return RecordAmended(record_id=record_id, generation=generation, first_submitted_on=on, record=of)


def voided(record_id: str, generation: int = 2, withdrawn_on: date = SUBMITTED) -> RecordVoided:
    withdrawal = Withdrawal(
        kind=WithdrawalKind.REVOKED, statement_of_reasons="行政复议决定撤销。", withdrawn_on=withdrawn_on
    )
    return RecordVoided(record_id=record_id, generation=generation, withdrawal=withdrawal)


def repaired(record_id: str, approved_on: date = SUBMITTED) -> RepairApproved:
    return RepairApproved(application_id=new_id(), record_id=record_id, approved_on=approved_on)


def online(record_id: str, audience: Audience, generation: int = 1, **changed: Any) -> PublicationOnline:
    values: dict[str, Any] = {
        "record": record(),
        "opens_on": DECIDED,
        "closes_on": date(2027, 10, 30),
        "repair_from_on": date(2027, 1, 31),
        "rule_id": "ndrc-36-2026/ordinary",
        "due_at": START,
    }
    return PublicationOnline(record_id=record_id, audience=audience, generation=generation, **(values | changed))


def retold(order: PublicationOnline) -> PublicationRetold:
    """The same once more, as an order to nobody."""
    kept = PublicationRetold.model_fields
    return PublicationRetold(**{name: getattr(order, name) for name in kept})


def offline(record_id: str, audience: Audience, generation: int = 2) -> PublicationOffline:
    return PublicationOffline(
        record_id=record_id,
        audience=audience,
        generation=generation,
        reason=TakeDownReason.REPAIR_APPROVED,
        offline_on=SUBMITTED,
        due_at=start_of_legal_day(SUBMITTED),
    )


def absent(record_id: str, portal: Portal, generation: int = 2) -> AbsenceObserved:
    return AbsenceObserved(record_id=record_id, portal=portal, generation=generation, observed_at=START)
