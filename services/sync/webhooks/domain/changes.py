"""What subscribers are told (变更): types, and the thin texts of a delivery and of the feed. No personal data (G12)."""

import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class ChangeType(StrEnum):
    """What happened to one record on one portal."""

    SHOW_ORDERED = "display.show_ordered"
    HIDE_ORDERED = "display.hide_ordered"
    PRESENCE_OBSERVED = "portal.presence_observed"
    ABSENCE_OBSERVED = "portal.absence_observed"
    DRIFT_FOUND = "drift.found"
    DRIFT_MENDED = "drift.mended"


REGION_LENGTHS = (2, 4, 6, 9, 12)
"""Lengths of a division code (行政区划代码): province, city, county, township, village."""

TEST = "webhook.test"
"""The type of a delivery that is about no record."""

TOMBSTONES = frozenset({ChangeType.HIDE_ORDERED, ChangeType.ABSENCE_OBSERVED})
"""Whoever keeps a copy of the record removes it."""


@dataclass(frozen=True, slots=True)
class Change:
    """One numbered change. `detail` is the kind of drift, where it is one."""

    position: int
    type: str
    at: datetime
    record_id: str
    portal: str
    generation: int
    kind: str | None
    region: str | None
    detail: str | None


def item(change: Change) -> dict[str, Any]:
    """A change as the feed gives it: identifiers, what changed, and where the rest can be read."""
    return {
        "position": change.position,
        "type": change.type,
        "at": instant(change.at),
        "record_id": change.record_id,
        "portal": change.portal,
        "generation": change.generation,
        "kind": change.kind,
        "region": change.region,
        "drift": change.detail,
        "tombstone": change.type in TOMBSTONES,
        "link": f"/v1/records/{change.record_id}/placements",
    }


def told(change: Change, sequence: int) -> bytes:
    """The body of a delivery; the same each time it is sent."""
    given = item(change)
    return _body(given.pop("type"), given.pop("at"), {"sequence": sequence, **given})


def told_as_test(sequence: int, at: datetime) -> bytes:
    """The body of a test event: it takes a number like any other."""
    return _body(TEST, instant(at), {"sequence": sequence})


def instant(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _body(kind: str, timestamp: str, data: dict[str, Any]) -> bytes:
    return json.dumps({"type": kind, "timestamp": timestamp, "data": data}, separators=(",", ":")).encode()
