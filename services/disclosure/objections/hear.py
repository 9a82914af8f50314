"""Take what repair says of objections: keep the mark, and judge a record anew by what an upheld objection states.

It answers each attempt exactly once; what a person cannot state about this record is answered with the reason.
"""

from collections.abc import Sequence
from typing import Any

import structlog

from services.disclosure.confirmations.decide import confirm
from services.disclosure.confirmations.domain.stated import severity_facts
from services.disclosure.confirmations.store import Decision
from services.disclosure.objections.tables import objection_mark
from services.disclosure.rules import Law
from shared.contracts.objections import ObjectionMarkChanged, ObjectionUpheld, ReclassificationSettled
from shared.database.upsert import upsert
from shared.errors import Problem
from shared.messaging.unit_of_work import UnitOfWork
from shared.vocabulary import RemedyOutcome

log = structlog.get_logger()


async def keep_marks(work: UnitOfWork, told: Sequence[ObjectionMarkChanged]) -> None:
    """The newest word on each record; an older one changes nothing."""
    newest = {one.record_id: one for one in sorted(told, key=lambda one: one.generation)}
    rows = [newest[record_id].model_dump() for record_id in sorted(newest)]
    if rows:
        statement = upsert(work.dialect, objection_mark, keys=("record_id",), newer="generation")
        await work.connection.execute(statement, rows)


async def reclassify(work: UnitOfWork, upheld: ObjectionUpheld, law: Law) -> None:
    """重新认定: the facts are stated as a person states them, in the name of who upheld the objection."""
    outcome, reasons = RemedyOutcome.APPLIED, tuple[str, ...]()
    try:
        by = Decision(upheld.decided_by, upheld.reason)
        changed = await confirm(work, upheld.record_id, _stated(upheld), law, by)
        if not changed:
            outcome = RemedyOutcome.UNCHANGED
    except Problem as problem:
        outcome, reasons = RemedyOutcome.REFUSED, (problem.detail[:500],)
    work.tell(
        ReclassificationSettled(
            objection_id=upheld.objection_id,
            record_id=upheld.record_id,
            attempt=upheld.attempt,
            outcome=outcome,
            reasons=reasons,
        )
    )
    log.info("objection_reclassified", objection_id=upheld.objection_id, outcome=outcome)


def _stated(upheld: ObjectionUpheld) -> dict[str, Any]:
    what = upheld.reclassification
    if what is None:
        raise ValueError(f"objection {upheld.objection_id} classifies anew and does not say how")
    facts: dict[str, Any] = severity_facts(what.severity) if what.severity else {}
    return facts if what.accident_related is None else facts | {"accident_related": what.accident_related}
