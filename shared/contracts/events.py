"""Every event that one service tells another, in the order in which a record lives."""

from datetime import date, datetime
from typing import ClassVar

from pydantic import Field

from shared.contracts.base import Contract, EventData
from shared.contracts.records import Record
from shared.vocabulary import Audience, Portal, RegistryStatus, TakeDownReason, WithdrawalKind


class _AboutRecord(EventData):
    record_id: str = Field(min_length=32, max_length=32)
    generation: int = Field(ge=1)

    def about(self) -> str:
        return self.record_id


class RecordAdmitted(_AboutRecord):
    """ingest took a new record (新增)."""

    TYPE: ClassVar[str] = "record.admitted"
    first_submitted_on: date
    record: Record


class Withdrawal(Contract):
    """撤回已公开的决定, with the reasons that Administrative Penalty Law art. 48 wants public."""

    kind: WithdrawalKind
    statement_of_reasons: str = Field(min_length=1, max_length=2000, pattern=r"\S")
    withdrawn_on: date


class RecordAmended(_AboutRecord):
    """ingest took another content for a record that it knew (更正). `change` is there when the authority changed its
    decision (变更) and not only its data: with the reasons that art. 48 wants public."""

    TYPE: ClassVar[str] = "record.amended"
    first_submitted_on: date
    record: Record
    change: Withdrawal | None = None


class RecordVoided(_AboutRecord):
    """The authority withdrew its decision."""

    TYPE: ClassVar[str] = "record.voided"
    withdrawal: Withdrawal


class SubjectStatusChanged(EventData):
    """ingest learned what the business register says of a subject (登记状态). `generation` counts the changes."""

    TYPE: ClassVar[str] = "subject.status_changed"
    uscc: str = Field(min_length=18, max_length=18)
    generation: int = Field(ge=1)
    status: RegistryStatus
    as_of: date
    proof_reference: str = Field(min_length=1, max_length=200)

    def about(self) -> str:
        return self.uscc


class CalendarYearLoaded(EventData):
    """disclosure was given the arrangement of a year (放假安排), or a correction of one. `generation` numbers the
    notices of all years; of a year the newest one counts."""

    TYPE: ClassVar[str] = "calendar.year_loaded"
    year: int = Field(ge=1949, le=2148)
    generation: int = Field(ge=1)
    days_off: tuple[date, ...] = Field(max_length=366)
    days_on: tuple[date, ...] = Field(max_length=366)
    sources: tuple[str, ...] = Field(min_length=1)
    loaded_by: str = Field(min_length=1, max_length=120)
    reason: str = Field(min_length=1, max_length=2000)
    loaded_at: datetime

    def about(self) -> str:
        return str(self.year)


class Term(Contract):
    """How a `due_at` was counted: the working days of a deadline of the law, after the day of the event. Whoever keeps
    it counts again when the calendar changes."""

    deadline: str = Field(max_length=20)
    counted_from: date


class _AboutPublication(_AboutRecord):
    audience: Audience


class PublicationOnline(_AboutPublication):
    """disclosure orders that the record be shown to an audience (上线) until the end of `closes_on`.

    `due_at` is the instant by which the law wants it to be seen.
    """

    TYPE: ClassVar[str] = "publication.online"
    record: Record
    opens_on: date
    closes_on: date
    repair_from_on: date | None
    rule_id: str
    due_at: datetime
    term: Term | None = None


class PublicationOffline(_AboutPublication):
    """disclosure orders that the record disappear from an audience (下线), at the latest at `due_at`."""

    TYPE: ClassVar[str] = "publication.offline"
    reason: TakeDownReason
    offline_on: date
    due_at: datetime
    term: Term | None = None
    public_statement: str | None = None


class RepairApproved(EventData):
    """repair decided in favour of the applicant; this *is* the take-down order (guarantee G10)."""

    TYPE: ClassVar[str] = "repair.approved"
    application_id: str = Field(min_length=32, max_length=32)
    record_id: str = Field(min_length=32, max_length=32)
    approved_on: date

    def about(self) -> str:
        return self.record_id


class PushOrdered(_AboutRecord):
    """sync tells its own push workers that a placement waits. Carries identifiers only: the payload is built from
    the state at send time."""

    TYPE: ClassVar[str] = "push.ordered"
    portal: Portal
    take_down: bool

    def routing_key(self) -> str:
        return f"push.{self.portal}.{'take_down' if self.take_down else 'publish'}"


class AbsenceObserved(_AboutRecord):
    """sync looked and the portal no longer shows the record anywhere (guarantee G05)."""

    TYPE: ClassVar[str] = "portal.absence_observed"
    portal: Portal
    observed_at: datetime
