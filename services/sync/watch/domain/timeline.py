"""What a line of a record's time axis can be about. Pure words."""

from enum import StrEnum

TAKEN = ("taken", "pending")
"""Answers of a portal by which an order is under way; every other one is a failure."""


class What(StrEnum):
    """Wanted (期望), sent (报送), seen (观测), found different, mended, certified."""

    WANTED = "wanted"
    PUSH = "push"
    OBSERVATION = "observation"
    DRIFT = "drift"
    MENDED = "mended"
    CERTIFICATE = "certificate"
