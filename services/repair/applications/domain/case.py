"""An application for repair (信用修复申请) as a value: its state, its records, and the people who took part.

Holds no rule; `machine` says which step may follow. Serves G10.
"""

from dataclasses import dataclass
from enum import StrEnum


class ApplicationState(StrEnum):
    """Where an application is."""

    SUBMITTED = "submitted"  # 已提交
    SUPPLEMENTING = "supplementing"  # 补正中: the clocks stand still
    ACCEPTED = "accepted"  # 已受理
    FIRST_REVIEWED = "first_reviewed"  # 已初审
    SECOND_REVIEWED = "second_reviewed"  # 已复审
    APPROVED = "approved"  # 准予
    REFUSED = "refused"  # 不予
    CLOSED = "closed"  # 已办结: served, and absence observed everywhere
    DECLINED = "declined"  # 不予受理
    LAPSED = "lapsed"  # 逾期未补正
    WITHDRAWN = "withdrawn"  # 已撤回
    REVOKED = "revoked"  # 已撤销


class Action(StrEnum):
    """What a person, or the calendar, does to an application."""

    FILE = "file"  # 提交
    ACCEPT = "accept"  # 受理
    DECLINE = "decline"  # 不予受理
    REQUEST_SUPPLEMENT = "request_supplement"  # 一次性告知补正
    SUPPLEMENT = "supplement"  # 补正
    LAPSE = "lapse"  # 逾期未补正, 视为撤回
    FIRST_REVIEW = "first_review"  # 初审
    SECOND_REVIEW = "second_review"  # 复审
    APPROVE = "approve"  # 准予修复
    REFUSE = "refuse"  # 不予修复
    SERVE = "serve"  # 送达
    CLOSE = "close"  # 办结
    WITHDRAW = "withdraw"  # 申请人撤回
    REVOKE = "revoke"  # 撤销修复决定


class RecordOutcome(StrEnum):
    """What was decided about one record of an application."""

    PENDING = "pending"  # 待决定
    APPROVED = "approved"  # 准予
    REFUSED = "refused"  # 不予
    REVOKED = "revoked"  # 已撤销


UNDECIDED = frozenset(
    {
        ApplicationState.SUBMITTED,
        ApplicationState.SUPPLEMENTING,
        ApplicationState.ACCEPTED,
        ApplicationState.FIRST_REVIEWED,
        ApplicationState.SECOND_REVIEWED,
    }
)
"""States in which nothing was decided yet; the applicant may still withdraw."""

OPEN_STATES = UNDECIDED | {ApplicationState.APPROVED}
"""States that forbid a second application for the same record."""


@dataclass(frozen=True, slots=True)
class Case:
    """One application. `version` grows by one with each step, so that two people cannot act on the same sight of it."""

    state: ApplicationState
    version: int
    two_people: bool
    resumes: ApplicationState | None = None  # where a supplement leads back to
    supplement_requested: bool = False  # one request, not two
    first_reviewer: str | None = None
    served: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One act by one actor."""

    action: Action
    actor: str


class StepRefused(Exception):
    """The law or the state of the application does not allow the step; says why, and who took the one before."""

    def __init__(self, reason: str, *, other_person: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.other_person = other_person
