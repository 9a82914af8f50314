"""What may become of a quarantined row."""

from enum import StrEnum


class QuarantineState(StrEnum):
    """Every row waits first; the others are final."""

    WAITING = "waiting"  # 待核
    CORRECTED = "corrected"  # 已更正重报: a corrected row was handed in for it
    RELEASED = "released"  # 已放行: it passed as it was, or by a rule for many rows
    DISCARDED = "discarded"  # 已作废: it will not be handed in again
