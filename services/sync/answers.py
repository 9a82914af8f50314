"""The acknowledged column: write what a portal answered, and one line of history for each answer.

An answer counts only for the generation that it was given for; a late answer to an older order changes nothing.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Update, bindparam, update

from services.sync.domain.patience import PUSH_AGAIN, wait
from services.sync.metrics import PUSHES
from services.sync.portals.base import Outcome, PushResult
from services.sync.tables import placement, push_attempt
from shared.messaging.unit_of_work import UnitOfWork


async def note_results(
    work: UnitOfWork, portal: str, results: Sequence[PushResult], attempts: Mapping[str, int], seconds: float
) -> None:
    """`attempts` tells how often each record's order was sent, `seconds` how long the portal took for all of them."""
    by_outcome: dict[Outcome, list[PushResult]] = defaultdict(list)
    for result in results:
        by_outcome[result.outcome].append(result)
    for outcome, group in by_outcome.items():
        parameters = [_parameters(work, result, attempts.get(result.record_id, 1)) for result in group]
        used = _USED[outcome]
        await work.connection.execute(
            _statement(portal, outcome), [{name: row[name] for name in used} for row in parameters]
        )
        PUSHES.labels(portal, outcome).inc(len(group))
    if results:
        await work.connection.execute(push_attempt.insert(), [_line(work, portal, row, seconds) for row in results])


_USED: Mapping[Outcome, tuple[str, ...]] = {
    Outcome.TAKEN: ("of_record", "sent", "now"),
    Outcome.PENDING: ("of_record", "sent", "slip"),
    Outcome.REFUSED: ("of_record", "sent", "words"),
    Outcome.UNCERTAIN: ("of_record", "sent", "again_at", "now"),
    Outcome.NOT_SENT: ("of_record", "sent", "again_at"),
}


def _statement(portal: str, outcome: Outcome) -> Update:
    statement = update(placement).where(
        placement.c.record_id == bindparam("of_record"),
        placement.c.portal == portal,
        placement.c.acknowledged_generation < bindparam("sent"),
    )
    if outcome is Outcome.TAKEN:
        return statement.values(
            acknowledged_generation=bindparam("sent"),
            acknowledged_at=bindparam("now"),
            receipt=None,
            looks=0,
            next_look_at=bindparam("now"),
        )
    statement = statement.where(placement.c.generation == bindparam("sent"))
    if outcome is Outcome.PENDING:
        return statement.values(receipt=bindparam("slip"))
    if outcome is Outcome.REFUSED:
        return statement.values(receipt=None, refusal=bindparam("words"))
    if outcome is Outcome.UNCERTAIN:
        # Read back before sending again: the write may have happened.
        return statement.values(receipt=None, next_push_at=bindparam("again_at"), next_look_at=bindparam("now"))
    return statement.values(receipt=None, next_push_at=bindparam("again_at"))


def _parameters(work: UnitOfWork, result: PushResult, attempt: int) -> dict[str, Any]:
    return {
        "of_record": result.record_id,
        "sent": result.generation,
        "slip": result.receipt,
        "words": f"{result.code or ''}: {result.message or ''}"[:300],
        "now": work.now,
        "again_at": work.now + wait(PUSH_AGAIN, attempt),
    }


def _line(work: UnitOfWork, portal: str, result: PushResult, seconds: float) -> dict[str, Any]:
    return {
        "record_id": result.record_id,
        "portal": portal,
        "generation": result.generation,
        "outcome": result.outcome,
        "code": result.code,
        "message": (result.message or "")[:300] or None,
        "attempted_at": work.now,
        "seconds": seconds,
    }
