"""Every event that one service tells another, in the order in which a record lives."""

from datetime import date, datetime
from typing import ClassVar

from pydantic import Field

from shared.contracts.base import Contract, EventData
from shared.contracts.records import Record
from shared.vocabulary import (
    Asked,
    Audience,
    Portal,
    RegistryStatus,
    Severity,
    TakeDownReason,
    WithdrawalKind,
)


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

    `due_at` is the instant by which the law wants it to be seen. `article` is that of the rule; where repair follows an
    earlier version, `repair_rule_id` and `repair_article` name it, and they are empty where the law gives no repair.
    `needs_confirmation`: shown by the milder class until a person decides (R07); `confirmed_repair_from_on` is the
    first day of repair by the graver one, empty where that gives none.
    """

    TYPE: ClassVar[str] = "publication.online"
    record: Record
    opens_on: date
    closes_on: date
    repair_from_on: date | None
    rule_id: str
    due_at: datetime
    term: Term | None = None
    severity: Severity | None = None
    article: str | None = Field(default=None, max_length=500)
    repair_rule_id: str | None = Field(default=None, max_length=120)
    repair_article: str | None = Field(default=None, max_length=500)
    needs_confirmation: bool = False
    confirmed_repair_from_on: date | None = None


class PublicationOffline(_AboutPublication):
    """disclosure orders that the record disappear from an audience (下线), at the latest at `due_at`."""

    TYPE: ClassVar[str] = "publication.offline"
    reason: TakeDownReason
    offline_on: date
    due_at: datetime
    term: Term | None = None
    public_statement: str | None = None


class PublicationRetold(_AboutPublication):
    """disclosure says once more what an audience shows, of the same generation: to a service that was taught to keep
    more of it than it did, or because a person decided about its class and nothing else changed. An order to nobody."""

    TYPE: ClassVar[str] = "publication.retold"
    record: Record
    closes_on: date
    repair_from_on: date | None
    severity: Severity | None
    rule_id: str
    article: str | None = Field(max_length=500)
    repair_rule_id: str | None = Field(max_length=120)
    repair_article: str | None = Field(max_length=500)
    needs_confirmation: bool = False
    confirmed_repair_from_on: date | None = None


class ListEntryChanged(EventData):
    """disclosure took a step on an entry of the serious list (严重失信主体名单). `generation` counts the steps.

    `early_removal_from_on` is the first day on which an early removal (提前移出) is possible, empty where the rule
    gives none; `article` is that of the rule behind it.
    """

    TYPE: ClassVar[str] = "list_entry.changed"
    entry_id: str = Field(min_length=32, max_length=32)
    generation: int = Field(ge=1)
    subject_key: str = Field(max_length=80)
    authority_code: str = Field(max_length=18)
    in_force: bool
    removal_under_way: bool
    closes_on: date | None
    early_removal_from_on: date | None
    article: str | None = Field(max_length=500)

    def about(self) -> str:
        return self.entry_id


class RepairApproved(EventData):
    """repair decided in favour of the applicant; this *is* the take-down order (guarantee G10)."""

    TYPE: ClassVar[str] = "repair.approved"
    application_id: str = Field(min_length=32, max_length=32)
    record_id: str = Field(min_length=32, max_length=32)
    approved_on: date

    def about(self) -> str:
        return self.record_id


class RepairRevoked(EventData):
    """repair took an approval back because of false papers (撤销修复); where `restores_display` the record is shown
    again for what is left of its window, never longer."""

    TYPE: ClassVar[str] = "repair.revoked"
    application_id: str = Field(min_length=32, max_length=32)
    record_id: str = Field(min_length=32, max_length=32)
    revoked_on: date
    restores_display: bool

    def about(self) -> str:
        return self.record_id


class RepairBecamePossible(EventData):
    """disclosure found that every audience allows repair of a record from today on (修复提醒): who is to be told what.
    The subject is an organisation; nothing in it is personal."""

    TYPE: ClassVar[str] = "repair.became_possible"
    record_id: str = Field(min_length=32, max_length=32)
    authority_code: str = Field(max_length=18)
    uscc: str | None = Field(max_length=18)
    subject: str = Field(max_length=200)
    document_number: str = Field(max_length=64)
    repair_from_on: date
    title: str = Field(max_length=200)
    paragraphs: tuple[str, ...] = Field(max_length=40)

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


class PresenceObserved(_AboutRecord):
    """sync looked and the portal still shows a record that it took the order to take down (仍在展示).

    `since` is when the order was given; `asked` says who is to act: the portal, whose order is repeated, or a person.
    """

    TYPE: ClassVar[str] = "portal.presence_observed"
    portal: Portal
    since: datetime
    observed_at: datetime
    asked: Asked
