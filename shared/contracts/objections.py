"""The events about objections (异议): marks, what an upheld one orders, and what became of it."""

from datetime import date
from typing import ClassVar

from pydantic import Field

from shared.contracts.base import Contract, EventData
from shared.contracts.events import Withdrawal
from shared.vocabulary import Remedy, RemedyOutcome, Severity


class ObjectionMarkChanged(EventData):
    """repair marked a record as objected to (异议标注), or took the mark off. `generation` counts both."""

    TYPE: ClassVar[str] = "objection.mark_changed"
    record_id: str = Field(min_length=32, max_length=32)
    generation: int = Field(ge=1)
    marked: bool
    since_on: date

    def about(self) -> str:
        return self.record_id


class CorrectedField(Contract):
    """A field of a record by the house's name, and what it should have said (更正)."""

    field: str = Field(max_length=40)
    value: str = Field(max_length=5000)


class Reclassification(Contract):
    """What a person states instead of what the record was classified by."""

    severity: Severity | None = None
    accident_related: bool | None = None


class ObjectionUpheld(EventData):
    """repair found an objection to be right (异议成立). `remedy` names the one part of the remedy that is filled.

    ingest corrects or withdraws, disclosure classifies anew; each answers for the same `attempt`.
    """

    TYPE: ClassVar[str] = "objection.upheld"
    objection_id: str = Field(min_length=32, max_length=32)
    record_id: str = Field(min_length=32, max_length=32)
    attempt: int = Field(ge=1)
    remedy: Remedy
    corrected: tuple[CorrectedField, ...] = Field(default=(), max_length=40)
    withdrawal: Withdrawal | None = None
    reclassification: Reclassification | None = None
    decided_by: str = Field(min_length=1, max_length=120)
    reason: str = Field(min_length=1, max_length=2000)

    def about(self) -> str:
        return self.objection_id


class _Settled(EventData):
    objection_id: str = Field(min_length=32, max_length=32)
    record_id: str = Field(min_length=32, max_length=32)
    attempt: int = Field(ge=1)
    outcome: RemedyOutcome
    reasons: tuple[str, ...] = Field(default=(), max_length=50)

    def about(self) -> str:
        return self.objection_id


class CorrectionSettled(_Settled):
    """ingest carried out the correction or withdrawal of an upheld objection, or says why it could not."""

    TYPE: ClassVar[str] = "correction.settled"


class ReclassificationSettled(_Settled):
    """disclosure judged a record anew by what an upheld objection states, or says why it could not."""

    TYPE: ClassVar[str] = "reclassification.settled"
