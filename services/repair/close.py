"""Close cases (办结) whose record has been seen to be gone from every portal; never before (guarantee G10)."""

from collections import defaultdict
from collections.abc import Collection, Iterable

from services.repair import store
from shared.database.types import AnyRow
from shared.evidence.actions import Action
from shared.evidence.entry import Act, effect_of, system
from shared.messaging.unit_of_work import UnitOfWork
from shared.vocabulary import PORTALS_OF, Audience


async def close_finished(work: UnitOfWork, record_ids: Collection[str]) -> list[str]:
    """Look at the approved applications of these records; returns those that are closed now."""
    approved = await store.approved_of(work, record_ids) if record_ids else []
    if not approved:
        return []
    wanted = [row.record_id for row in approved]
    shown = defaultdict(list)
    for row in await store.shown(work, wanted):
        shown[row.record_id].append(row)
    seen_gone = {(row.record_id, row.portal): row.generation for row in await store.absences(work, wanted)}
    finished = [case.application_id for case in approved if _gone_everywhere(shown[case.record_id], seen_gone)]
    await store.close(work, finished)
    if finished:
        about = finished[0] if len(finished) == 1 else f"{len(finished)} applications"
        work.audit(Act(Action.REPAIRS_CLOSED, system("repair.close"), about, effect=effect_of(finished)))
    return finished


def _gone_everywhere(shown: Iterable[AnyRow], seen_gone: dict[tuple[str, str], int]) -> bool:
    """Every audience is ordered offline, and each of its portals was seen without the record since that order."""
    return all(
        not row.online
        and all(
            seen_gone.get((row.record_id, portal), 0) >= row.generation for portal in PORTALS_OF[Audience(row.audience)]
        )
        for row in shown
    )
