"""Hear what became of the remedies of upheld objections: they took effect, or could not be carried out.

All answers of a message at once. An answer to an older attempt, or a second one to the same, changes nothing. A case
whose remedy took effect closes unless a wrong sanction stands. Serves G14.
"""

import json
from collections.abc import Sequence

import structlog

from services.repair.measures.end import Because, end_each
from services.repair.objections import store
from services.repair.objections.domain.decision import Decision
from services.repair.objections.domain.machine import Action, ObjectionState
from shared.contracts.objections import CorrectionSettled, ReclassificationSettled
from shared.database.types import AnyRow
from shared.evidence.actions import Action as Audited
from shared.evidence.entry import Act, system
from shared.messaging.unit_of_work import UnitOfWork
from shared.vocabulary import Remedy, RemedyOutcome

log = structlog.get_logger()

Answer = CorrectionSettled | ReclassificationSettled
_NO_EFFECT = "What was stated changes neither the class nor the window of the record."
_ACTOR = system("repair.remedies")


async def hear_answers(work: UnitOfWork, answers: Sequence[Answer]) -> None:
    """Keep each outcome, end the measures on what was withdrawn, close what is done."""
    rows = {row.objection_id: row for row in await store.lock_all(work, {one.objection_id for one in answers})}
    awaited = _awaited(rows, answers)
    if not awaited:
        return
    sanctioned = await store.with_open_sanctions(work, awaited)
    moves = [_move(work, rows[of], one, closes=of not in sanctioned) for of, one in awaited.items()]
    await store.move_all(work, moves)
    for move, answer in zip(moves, awaited.values(), strict=True):
        told = {"outcome": answer.outcome.value, "attempt": answer.attempt}
        work.audit(Act(Audited.OBJECTION_SETTLED, _ACTOR, answer.objection_id, move.row.record_id, payload=told))
    # Nothing may rest on a record that should not have been.
    gone = {move.row.record_id: move.row.objection_id for move in moves if _withdrew(move)}
    await end_each(work, gone, Because.OBJECTION)


def _awaited(rows: dict[str, AnyRow], answers: Sequence[Answer]) -> dict[str, Answer]:
    """By objection, the first answer to the attempt that waits for one."""
    awaited: dict[str, Answer] = {}
    for one in answers:
        row = rows.get(one.objection_id)
        if row is None:
            log.warning("answer_to_no_objection", objection_id=one.objection_id)
        elif row.attempt == one.attempt and row.outcome is None and row.state == ObjectionState.UPHELD:
            awaited.setdefault(one.objection_id, one)
    return dict(sorted(awaited.items()))


def _move(work: UnitOfWork, row: AnyRow, answer: Answer, *, closes: bool) -> store.Move:
    reasons, failed = list(answer.reasons), answer.outcome is RemedyOutcome.REFUSED
    if _remedy(row) is Remedy.RECLASSIFY and answer.outcome is RemedyOutcome.UNCHANGED:
        reasons, failed = [_NO_EFFECT], True
    steps = [(Action.FAIL if failed else Action.SETTLE, "; ".join(reasons)[:2000])]
    closes = closes and not failed
    if closes:
        steps.append((Action.CLOSE, ""))
    outcome = {"outcome": answer.outcome, "outcome_reasons": json.dumps(reasons, ensure_ascii=False)}
    return store.Move(row, steps, _ACTOR, outcome | {"closed_at": work.now if closes else None})


def _withdrew(move: store.Move) -> bool:
    return move.steps[0][0] is Action.SETTLE and _remedy(move.row) is Remedy.WITHDRAW


def _remedy(row: AnyRow) -> Remedy | None:
    return Decision.model_validate_json(row.decision).remedy
