"""What portals may do wrong in a story: every fault and every misdeed that the stand-ins know, in each of its ways."""

from collections.abc import Mapping
from typing import Any

from shared.vocabulary import Portal

_BEYOND_PATIENCE = 25
"""Seconds: longer than the house waits for a portal (`PortalOptions.timeouts`), so that it gives up what was done."""

_ANYWHERE: list[dict[str, Any]] = [
    {"name": "lost_write"},
    {"name": "acknowledged_but_shown"},
    {"name": "stale_list", "seconds": 600},
    {"name": "duplicate"},
    {"name": "altered"},
    {"name": "refusing", "code": "REFUSED"},
    {"name": "slow", "seconds": 3},
    {"name": "slow", "seconds": _BEYOND_PATIENCE, "on": "wire"},
    {"name": "slow", "seconds": _BEYOND_PATIENCE, "on": "public"},
    {"name": "down"},
    {"name": "down", "on": "wire"},
    {"name": "down", "on": "public", "mode": "closed"},
    {"name": "down", "mode": "busy", "seconds": 120},
    {"name": "down", "mode": "page"},
    {"name": "renamed", "field": "罚款金额", "value": "罚款数额", "on": "public"},
    {"name": "renamed", "field": "article", "value": "section", "on": "public"},
    {"name": "truncated_list"},
    {"name": "truncated_list", "mode": "empty"},
]
_LATE = {"name": "late_receipt", "seconds": 900}
_LATE_ANSWER = {"name": "late_receipt", "seconds": _BEYOND_PATIENCE}
_LYING_DIGESTS = {"name": "digests_lie"}

FAULTS_OF: Mapping[Portal, list[dict[str, Any]]] = {
    Portal.CREDIT_CHINA: [*_ANYWHERE, _LATE, _LYING_DIGESTS],
    Portal.CREDIT_JIANGSU: [*_ANYWHERE, _LATE],
    Portal.MARKET_SUPERVISION: [*_ANYWHERE, _LATE_ANSWER],  # which answers at once, or late
}
EVERY_FAULT = [*_ANYWHERE, _LATE, _LATE_ANSWER, _LYING_DIGESTS]
STANDING = frozenset({"renamed"})
"""Faults that last until they are switched off, and so strike whatever is asked."""

MISDEEDS = ("resurrect", "lose", "alter")
RESTORED = "restored"


def named(fault: Mapping[str, Any]) -> str:
    """A fault of a portal by its name and the way in which it strikes."""
    return "-".join(str(fault[part]) for part in ("name", "on", "mode", "field") if part in fault)
