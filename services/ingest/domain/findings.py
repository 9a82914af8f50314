"""What the checks say about one row: a code, a sentence, the column, and how much it weighs (ruling R20)."""

from dataclasses import dataclass
from enum import StrEnum


class Weight(StrEnum):
    """Whether a finding stops the row."""

    QUARANTINE = "quarantine"  # 待核: stopped until somebody corrects it
    WARNING = "warning"  # 提醒: goes on
    NOTE = "note"  # 备注: what was corrected by itself


@dataclass(frozen=True, slots=True)
class Finding:
    """One result of one check. `message` never repeats a personal number."""

    code: str
    column: str
    message: str
    weight: Weight = Weight.QUARANTINE
