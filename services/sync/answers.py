"""The acknowledged column: write what a portal answered, and one line of history for each answer.

An answer counts only for the generation that it was given for; a late answer to an older order changes nothing. Of an
order that was sent more than once, what the last attempt heard counts, and that the portal took it, whoever heard that.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Update, and_, bindparam, case, or_, select, update

from services.sync import placements, wake
from services.sync.domain.patience import PUSH_AGAIN, RECEIPT_OVERDUE, spread, wait
from services.sync.metrics import PUSHES
from services.sync.portals.base import Outcome, PushResult
from services.sync.tables import placement, push_attempt
from shared.identifiers.text import strip_control
from shared.messaging.unit_of_work import UnitOfWork

_RECEIPT = 80


@dataclass(frozen=True)
class Answered:
    """What came back from a portal together: the results, how often each record's order was sent, and how long the
    portal took for all of them. `ask_later` is the pause that it asked for."""

    results: Sequence[PushResult]
    attempts: Mapping[str, int]
    seconds: float
    ask_later: timedelta = timedelta()


async def note_results(work: UnitOfWork, portal: str, answered: Answered) -> None:
    """One statement an outcome, whatever the number of results."""
    answered = replace(answered, results=[_plain(result) for result in answered.results])
    if not answered.results:
        return
    await placements.lock(work, portal, [result.record_id for result in answered.results])
    by_outcome: dict[Outcome, list[PushResult]] = defaultdict(list)
    for result in answered.results:
        by_outcome[result.outcome].append(result)
    for outcome, group in by_outcome.items():
        parameters = [_parameters(work, portal, result, answered) for result in group]
        used = _USED[outcome]
        await work.connection.execute(
            _STATEMENTS[outcome], [{"on_portal": portal, **{name: row[name] for name in used}} for row in parameters]
        )
        PUSHES.labels(portal, outcome).inc(len(group))
        work.wake(wake.receipts(portal) if outcome is Outcome.PENDING else wake.looks(portal))
    await note_lines(work, portal, answered.results, answered.seconds)


async def note_lines(work: UnitOfWork, portal: str, results: Sequence[PushResult], seconds: float) -> None:
    """One line of history for each answer, with the way of the order while it is still the newest."""
    await work.connection.execute(_LINES, [_line(work, portal, one, seconds) for one in results])


_LINES = push_attempt.insert().values(
    take_down=select(placement.c.take_down)
    .where(
        placement.c.record_id == bindparam("of_record"),
        placement.c.portal == bindparam("of_portal"),
        placement.c.generation == bindparam("of_generation"),
    )
    .scalar_subquery()
)


_USED: Mapping[Outcome, tuple[str, ...]] = {
    Outcome.TAKEN: ("of_record", "sent", "now"),
    Outcome.PENDING: ("of_record", "sent", "attempt", "slip", "overdue_at", "now"),
    Outcome.REFUSED: ("of_record", "sent", "attempt", "words", "cause", "now"),
    Outcome.UNCERTAIN: ("of_record", "sent", "attempt", "again_at", "now"),
    Outcome.NOT_SENT: ("of_record", "sent", "attempt", "again_at"),
}


def _statement(outcome: Outcome) -> Update:
    statement = update(placement).where(
        placement.c.record_id == bindparam("of_record"),
        placement.c.portal == bindparam("on_portal"),
        placement.c.acknowledged_generation < bindparam("sent"),
        placement.c.generation == bindparam("sent"),
    )
    if outcome is Outcome.TAKEN:
        return statement.values(
            acknowledged_generation=bindparam("sent"),
            acknowledged_at=bindparam("now"),
            receipt=None,
            looks=0,
            next_look_at=bindparam("now"),
        )
    is_the_last = placement.c.pushes == bindparam("attempt")
    if outcome is Outcome.PENDING:
        # A late receipt spares another push, unless a later attempt has brought a receipt or a refusal.
        unanswered = and_(placement.c.receipt.is_(None), placement.c.refusal.is_(None))
        return statement.where(or_(is_the_last, unanswered)).values(
            receipt=bindparam("slip"),
            receipt_asks=0,
            next_receipt_at=bindparam("now"),
            receipt_due_at=bindparam("overdue_at"),
            filing_stage=None,
        )
    # That one attempt was refused or brought no answer says nothing of a later one, whose receipt may be on its way.
    statement = statement.where(is_the_last)
    if outcome is Outcome.REFUSED:
        # A portal may refuse to remove what it does not show; a look tells whether that is so.
        look_at = case((placement.c.take_down, bindparam("now", type_=placement.c.next_look_at.type)))
        return statement.values(
            receipt=None, refusal=bindparam("words"), refusal_code=bindparam("cause"), looks=0, next_look_at=look_at
        )
    if outcome is Outcome.UNCERTAIN:
        # Read back before sending again: the write may have happened.
        return statement.values(
            receipt=None, looks=0, next_push_at=bindparam("again_at"), next_look_at=bindparam("now")
        )
    return statement.values(receipt=None, next_push_at=bindparam("again_at"))


_STATEMENTS = {outcome: _statement(outcome) for outcome in Outcome}


def _plain(result: PushResult) -> PushResult:
    """The portal's words as every database can keep them. A receipt that is none leaves the order in doubt."""
    slip = result.receipt
    if slip is not None and (len(slip) > _RECEIPT or _line_of(slip) != slip):
        result = replace(result, outcome=Outcome.UNCERTAIN, receipt=None)
    return replace(result, code=_line_of(result.code), message=_line_of(result.message))


def _line_of(text: str | None) -> str | None:
    return None if text is None else " ".join(strip_control(text.encode("utf-8", "replace").decode()).split())


def _parameters(work: UnitOfWork, portal: str, result: PushResult, answered: Answered) -> dict[str, Any]:
    attempt = answered.attempts.get(result.record_id, 1)
    name = f"{portal}.{result.record_id}.{result.generation}.{attempt}"
    return {
        "of_record": result.record_id,
        "sent": result.generation,
        "attempt": attempt,
        "slip": result.receipt,
        "words": f"{result.code or ''}: {result.message or ''}"[:300],
        "cause": (result.code or "unspecified")[:40],
        "now": work.now,
        "again_at": work.now + spread(max(wait(PUSH_AGAIN, attempt), answered.ask_later), name),
        "overdue_at": work.now + wait(RECEIPT_OVERDUE, attempt),
    }


def _line(work: UnitOfWork, portal: str, result: PushResult, seconds: float) -> dict[str, Any]:
    return {
        "record_id": result.record_id,
        "portal": portal,
        "generation": result.generation,
        "of_record": result.record_id,
        "of_portal": portal,
        "of_generation": result.generation,
        "outcome": result.outcome,
        "code": result.code[:40] if result.code else None,
        "message": (result.message or "")[:300] or None,
        "attempted_at": work.now,
        "seconds": seconds,
    }
