"""One penalty to start from; a test names only what it is about."""

from datetime import date
from decimal import Decimal
from typing import Any

from shared.policy import Facts, Packs, Window, evaluate
from shared.vocabulary import Audience, PenaltyType, RecordKind, SubjectKind


def penalty(decided_on: str, **changes: Any) -> Facts:
    day = date.fromisoformat(decided_on)
    values: dict[str, Any] = {
        "kind": RecordKind.PENALTY,
        "decided_on": day,
        "first_submitted_on": day,
        "subject_kind": SubjectKind.LEGAL_PERSON,
        "authority_region": "320600",
        "penalty_types": frozenset({PenaltyType.FINE}),
        "fine": Decimal(50000),
    }
    return Facts(**(values | changes))


def window(facts: Facts, packs: Packs, as_of: str, audience: Audience = Audience.CREDIT_SITES) -> Window:
    return {w.audience: w for w in evaluate(facts, packs, date.fromisoformat(as_of))}[audience]
