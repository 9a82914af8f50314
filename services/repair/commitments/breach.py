"""Finds commitments that were not kept in time (违反承诺), however long nobody looked. Level-driven and in slices.

A breach changes nothing else by itself: what follows (the rule's consequence) is a person's decision, who finds the
breach in the list, the metric and the log (A16: no clearance for its own sake).
"""

from dataclasses import dataclass

import structlog

from services.repair.applications.domain.case import ApplicationState
from services.repair.commitments import store
from services.repair.commitments.domain.standing import CommitmentState, over
from services.repair.metrics import COMMITMENTS
from shared.clock import Clock
from shared.database.engine import Database
from shared.evidence.actions import Action
from shared.evidence.entry import Act, effect_of, system
from shared.messaging.unit_of_work import UnitOfWork, unit_of_work

log = structlog.get_logger()

AT_ONCE = 500


@dataclass(frozen=True)
class BreachWatch:
    """Ends what is over and tells how many stand."""

    database: Database
    clock: Clock

    async def run(self) -> int:
        async with self.database.reading() as connection:
            has_overdue = await store.has_overdue(connection, self.clock.now())
            counts = await store.counts(connection)
        ended = 0
        if has_overdue:
            async with unit_of_work(self.database, self.clock) as work:
                ended = await end_overdue(work)
        for state in CommitmentState:
            COMMITMENTS.labels(state).set(counts.get(state, 0))
        return ended


async def end_overdue(work: UnitOfWork) -> int:
    """How many commitments ended, at most a slice."""
    rows = await store.lock_overdue(work, AT_ONCE)
    follows = [(row, over(ApplicationState(row.application_state))) for row in rows]
    await store.end(work, [{"of": row.application_id, "which": row.kind, "follows": state} for row, state in follows])
    broken = [row for row, state in follows if state is CommitmentState.BREACHED]
    if broken:
        about = broken[0].application_id if len(broken) == 1 else f"{len(broken)} commitments"
        effect = effect_of(f"{row.application_id} {row.kind} {row.due_at.isoformat()}" for row in broken)
        work.audit(Act(Action.COMMITMENTS_BREACHED, system("repair.commitments"), about, effect=effect))
        log.warning("commitments_breached", count=len(broken))
    return len(rows)
