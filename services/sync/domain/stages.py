"""The stages of a repair form at a portal that decides by stages (申请表办理). Pure."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Stage(StrEnum):
    """What the portal has done with the form so far (办理阶段)."""

    FILED = "filed"  # 待受理
    ACCEPTED = "accepted"  # 已受理
    GRANTED = "granted"  # 已准予, still to be executed


@dataclass(frozen=True)
class Progress:
    """The stage that a form has reached, and the legal day on which it did."""

    stage: Stage
    since: date
