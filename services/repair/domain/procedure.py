"""The states of an application (信用修复申请) and what may follow what."""

from datetime import date
from enum import StrEnum


class ApplicationState(StrEnum):
    """Where an application is."""

    SUBMITTED = "submitted"  # 已提交
    APPROVED = "approved"  # 准予
    REFUSED = "refused"  # 不予
    CLOSED = "closed"  # 已办结: absence observed everywhere


class Decision(StrEnum):
    """What the determining authority may decide."""

    APPROVE = "approve"
    REFUSE = "refuse"


AFTER_DECISION = {Decision.APPROVE: ApplicationState.APPROVED, Decision.REFUSE: ApplicationState.REFUSED}

OPEN_STATES = (ApplicationState.SUBMITTED, ApplicationState.APPROVED)


def possible_from(repair_dates: list[date | None]) -> date | None:
    """The first day on which every audience that shows the record allows repair; None when one never does."""
    days = [day for day in repair_dates if day is not None]
    return max(days) if days and len(days) == len(repair_dates) else None
