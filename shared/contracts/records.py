"""A record as services exchange it: already safe to show.

Natural persons appear with a masked name and a keyed digest in place of their number; no event carries a
personal number (guarantee G12). Field meanings follow the dual-disclosure template (facts 3.2), amounts are in yuan.
"""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from shared.contracts.base import Contract
from shared.vocabulary import InspectionPlan, InspectionResult, PenaltyType, Procedure, RecordKind, SubjectKind


class Subject(Contract):
    """行政相对人. `key` is the USCC, or a keyed digest for a natural person."""

    kind: SubjectKind
    key: str = Field(max_length=80)
    name: str = Field(max_length=200)
    uscc: str | None = Field(default=None, max_length=18)
    legal_representative: str | None = Field(default=None, max_length=50)


class Authority(Contract):
    """An administrative body: 处罚/许可机关 or 数据来源单位."""

    code: str = Field(max_length=18)
    name: str = Field(max_length=200)


class PenaltyDetail(Contract):
    """What a penalty decision says (行政处罚)."""

    kind: Literal[RecordKind.PENALTY] = RecordKind.PENALTY
    violation_type: str
    violation_facts: str
    legal_basis: str
    penalty_types: tuple[PenaltyType, ...]
    penalty_content: str
    fine: Decimal | None = None
    confiscated: Decimal | None = None
    withheld_licence: str | None = None
    penalty_valid_until: date | None = None
    procedure: Procedure = Procedure.ORDINARY


class LicenceDetail(Contract):
    """What a licence decision says (行政许可)."""

    kind: Literal[RecordKind.LICENCE] = RecordKind.LICENCE
    document_title: str
    category: str
    certificate_name: str | None = None
    licence_number: str | None = None
    licence_content: str
    valid_from: date
    valid_until: date
    valid: bool = True


class _Envelope(Contract):
    """What coercion, awards and inspections have in common (facts 3.4). `public` is what the authority says (公开标志);
    where it is false, `ground_of_non_disclosure` says why."""

    item_name: str
    power_code: str | None = None
    legal_basis: str
    content: str
    public: bool = True
    ground_of_non_disclosure: str | None = None


class CoercionDetail(_Envelope):
    """What a coercive measure says (行政强制)."""

    kind: Literal[RecordKind.COERCION] = RecordKind.COERCION
    measure: str
    object: str
    valid_from: date
    valid_until: date | None = None
    released_on: date | None = None


class AwardDetail(_Envelope):
    """What an award says (行政奖励)."""

    kind: Literal[RecordKind.AWARD] = RecordKind.AWARD
    honour: str
    level: str | None = None
    valid_from: date | None = None
    valid_until: date | None = None


class InspectionDetail(_Envelope):
    """What an inspection found (行政监督检查)."""

    kind: Literal[RecordKind.INSPECTION] = RecordKind.INSPECTION
    plan: InspectionPlan
    items: str
    result: InspectionResult
    correct_by: date | None = None
    reinspected_on: date | None = None
    reinspection_result: str | None = None


Detail = PenaltyDetail | LicenceDetail | CoercionDetail | AwardDetail | InspectionDetail


class Record(Contract):
    """One administrative record with nothing in it that the public may not see."""

    document_number: str = Field(max_length=64)
    subject: Subject
    issuing_authority: Authority
    source_authority: Authority
    region: str = Field(max_length=12)
    decided_on: date
    detail: Annotated[Detail, Field(discriminator="kind")]
    remark: str | None = None

    @property
    def kind(self) -> RecordKind:
        return self.detail.kind
