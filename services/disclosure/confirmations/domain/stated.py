"""Which facts a person may state about a record, and why one cannot be taken.

Only what the templates leave open; who, what and when of the decision belong to the record itself. Pure.
"""

from collections.abc import Mapping
from typing import Any

from shared.policy.pack import Settings
from shared.vocabulary import Severity


def severity_facts(severity: Severity) -> dict[str, bool]:
    """A person's word on a proposed class (R07): serious, or the milder class by which it is shown already."""
    serious = severity is Severity.SERIOUS
    return {"serious_by_law": serious, "milder_confirmed": not serious}


def refusal(stated: Mapping[str, Any], settings: Settings) -> dict[str, str] | None:
    """The field that the packs in force do not understand, with the reason."""
    if not stated:
        return {"field": "body", "reason": "states no fact"}
    unknown = sorted(name for name in stated.get("list_conditions", ()) if not settings.knows_situation(name))
    if unknown:
        return {"field": "list_conditions", "reason": f"{unknown[0]} is a situation of no list in force"}
    return None
