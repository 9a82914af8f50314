"""The faults that can be switched on, each bounded by a count so that it ends.

A fault is asked for where it would strike (`take`), and counts down there. Faults live in memory: a restart ends them.
"""

import random
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field


class FaultName(StrEnum):
    LATE_RECEIPT = "late_receipt"
    LOST_WRITE = "lost_write"
    ACKNOWLEDGED_BUT_SHOWN = "acknowledged_but_shown"
    STALE_LIST = "stale_list"
    DUPLICATE = "duplicate"
    ALTERED = "altered"
    SLOW = "slow"
    REFUSING = "refusing"
    DOWN = "down"
    TRUNCATED_LIST = "truncated_list"
    DIGESTS_LIE = "digests_lie"
    RENAMED = "renamed"


class Fault(BaseModel):
    """One fault and how often it still strikes. `share` below 1 lets it strike at random; `on` limits it to a face."""

    model_config = ConfigDict(extra="forbid")

    name: FaultName
    count: int = Field(default=1, ge=0, le=1_000_000)
    share: float = Field(default=1.0, gt=0, le=1)
    seconds: float = Field(default=1.0, ge=0, le=3600)
    field: str | None = None
    value: str | None = None
    code: str = "REFUSED"
    on: str = Field(default="all", pattern="^(all|wire|public)$")
    mode: str = Field(default="", pattern="^(|closed|empty|busy|page)$")


class Faults:
    """What is switched on now. At most one fault of a name."""

    def __init__(self) -> None:
        self._active: dict[FaultName, Fault] = {}

    def replace(self, faults: list[Fault]) -> None:
        self._active = {fault.name: fault for fault in faults if fault.count}

    def active(self, name: FaultName, face: str) -> bool:
        """Whether the fault would strike on this face; nothing counts down."""
        fault = self._active.get(name)
        return fault is not None and fault.on in ("all", face)

    def standing(self, name: FaultName, face: str) -> Fault | None:
        """The fault if it strikes on this face, without counting down."""
        return self._active[name] if self.active(name, face) else None

    def present(self) -> list[Fault]:
        return list(self._active.values())

    def take(self, name: FaultName, face: str = "all") -> Fault | None:
        """The fault if it strikes here and now; one less remains."""
        fault = self._active.get(name)
        if fault is None or (fault.on != "all" and face not in ("all", fault.on)):
            return None
        if fault.share < 1 and random.random() >= fault.share:
            return None
        fault.count -= 1
        if fault.count <= 0:
            del self._active[name]
        return fault
