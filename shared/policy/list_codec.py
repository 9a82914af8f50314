"""A list window as JSON with an exact way back, so that a stored one can be computed again bit for bit (G03)."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from shared.policy.list_rules import ListWindow
from shared.policy.model import Provenance

_DAYS = ("starts_on", "closes_on", "offline_on", "early_removal_from_on", "previous_closes_on")


def listing_as_json(window: ListWindow) -> dict[str, Any]:
    origin = window.provenance
    days = {key: getattr(window, key) for key in _DAYS}
    return {
        **{key: day.isoformat() if day else None for key, day in days.items()},
        "needs_review": window.needs_review,
        "grounds": list(window.grounds),
        "provenance": {
            "rule_id": origin.rule_id,
            "article": origin.article,
            "pack_version": origin.pack_version,
            "inputs": dict(origin.inputs),
            "repair_rule_id": origin.repair_rule_id,
            "repair_article": origin.repair_article,
        },
    }


def listing_from_json(data: Mapping[str, Any]) -> ListWindow:
    days = {key: date.fromisoformat(data[key]) if data[key] else None for key in _DAYS}
    return ListWindow(
        **days,
        needs_review=data["needs_review"],
        grounds=tuple(data["grounds"]),
        provenance=Provenance(**data["provenance"]),
    )
