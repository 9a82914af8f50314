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


class RecordAmended(_AboutRecord):
    """ingest took another content for a record that it knew (更正)."""

    TYPE: ClassVar[str] = "record.amended"
    first_submitted_on: date
    record: Record


class Withdrawal(Contract):
    """撤回已公开的决定, with the reasons that Administrative Penalty Law art. 48 wants public."""

    kind: WithdrawalKind
    statement_of_reasons: str = Field(min_length=1, max_length=2000)
    withdrawn_on: date


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


class PublicationOffline(_AboutPublication):
    """disclosure orders that the record disappear from an audience (下线), at the latest at `due_at`."""

    TYPE: ClassVar[str] = "publication.offline"
    reason: TakeDownReason
    offline_on: date
    due_at: datetime
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
