"""The ends of display that the packaged rules give for a penalty, to compare with what its source names (check V09).

A comparison and no decision: windows are computed by disclosure, from the packs in force there.
"""

from datetime import date
from functools import cache

from services.ingest.domain.parsed import Parsed
from shared.identifiers import Uscc
from shared.policy import Evaluator, Facts, load_packs
from shared.vocabulary import RecordKind


@cache
def _evaluator() -> Evaluator:
    return Evaluator(load_packs())


def latest_ends(row: Parsed, today: date) -> frozenset[date]:
    """Empty when the row is not readable enough, or may be shown to nobody."""
    decided_on = row.dates.get("decided_on")
    if row.kind is not RecordKind.PENALTY or decided_on is None or row.subject_kind is None:
        return frozenset()
    if not isinstance(row.authority, Uscc) or decided_on > today:
        return frozenset()
    facts = Facts(
        kind=row.kind,
        decided_on=decided_on,
        first_submitted_on=today,
        subject_kind=row.subject_kind,
        authority_region=row.authority.value[2:8],
        penalty_types=frozenset(row.penalty_types),
        fine=row.amounts.get("fine"),
    )
    return frozenset(window.closes_on for window in _evaluator().evaluate(facts, today) if window.closes_on)
