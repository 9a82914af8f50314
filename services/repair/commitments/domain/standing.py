"""How a written commitment stands (容缺受理): open, kept, breached, or no longer of any matter. Pure."""

from collections.abc import Collection
from enum import StrEnum

from services.repair.applications.domain.case import UNDECIDED, ApplicationState


class CommitmentState(StrEnum):
    """What became of a commitment."""

    OPEN = "open"  # 承诺期内
    KEPT = "kept"  # 已补齐
    BREACHED = "breached"  # 逾期未补齐
    LAPSED = "lapsed"  # 已无需履行: the application ended without an approval


_ALIVE: Collection[ApplicationState] = UNDECIDED | {ApplicationState.APPROVED, ApplicationState.CLOSED}


def over(application: ApplicationState) -> CommitmentState:
    """What follows when the day is over: a breach, unless the application was withdrawn or decided against."""
    return CommitmentState.BREACHED if application in _ALIVE else CommitmentState.LAPSED
