"""Takes a written commitment in place of missing papers (容缺受理): which papers, in whose name, until when.

Only for papers that are missing and that the rule lets a commitment stand for, once each. The words and the name of
the person who signed are sealed (G12). What it stands for does not hold the acceptance up any more (A15).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.repair.commitments import store
from services.repair.commitments.domain.standing import CommitmentState
from services.repair.materials.case import PaperCase, lock_case
from services.repair.materials.checklist import described, lacking
from services.repair.materials.domain.checklist import Need
from services.repair.materials.domain.papers import PaperKind
from shared.calendars.dues import Due, due
from shared.clock import legal_date
from shared.errors import CONFLICT, NOT_CURABLE, Problem
from shared.evidence.actions import Action
from shared.evidence.entry import Act
from shared.messaging.unit_of_work import UnitOfWork
from shared.sealing import Sealer
from shared.web.caller import Caller
from shared.workdays import WorkCalendar


@dataclass(frozen=True)
class Promise:
    """What the applicant puts in writing: which papers will follow, and that he performs safely and on time."""

    kinds: Sequence[PaperKind]
    statement: str
    signed_by: str
    signed_on: date


async def promise(
    work: UnitOfWork, application_id: str, given: Promise, caller: Caller, calendar: WorkCalendar, sealer: Sealer
) -> Due:
    """By when the papers have to follow. Raises the problem that lists what cannot be promised."""
    case = await lock_case(work.connection, application_id, caller)
    if not case.is_undecided:
        detail = f"The application is {case.state}; it is too late for a commitment."
        raise Problem(CONFLICT, detail, state=case.state)
    today = legal_date(work.now)
    if given.signed_on > today:
        raise Problem(CONFLICT, f"The commitment is dated {given.signed_on}, which is not here yet.")
    await _check_curable(work, case, given.kinds)
    until = due(calendar, case.generation.commitment.deadline, today)
    await store.insert_commitments(work, [_row(work, case, kind, given, until, caller, sealer) for kind in given.kinds])
    told = {"kinds": sorted(given.kinds), "until": until.at.isoformat(), "rule": case.generation.generation_id}
    work.audit(Act(Action.COMMITMENT_TAKEN, caller.client_id, application_id, payload=told))
    return until


def opened(sealed: bytes, application_id: str, sealer: Sealer) -> dict[str, str]:
    """The words of a commitment and who signed, for a person who decides."""
    text: dict[str, str] = json.loads(sealer.open(sealed, _place(application_id)))
    return text


async def _check_curable(work: UnitOfWork, case: PaperCase, kinds: Sequence[PaperKind]) -> None:
    missing = await lacking(work.connection, case)
    curable = {slot.kind for need in missing if need.curable for slot in need.any_of}
    if surplus := sorted(set(kinds) - curable):
        rule = case.generation.commitment
        detail = (
            f"No commitment can stand for {', '.join(surplus)}: it is there already, not asked for, or not curable."
        )
        raise Problem(NOT_CURABLE, detail, papers=_papers(missing), article=rule.article)
    known = {row.kind for row in await store.commitments_of(work.connection, case.application_id)}
    if again := sorted(known & set(kinds)):
        raise Problem(CONFLICT, f"A commitment was given for {', '.join(again)} before; it is given once.")


def _papers(missing: Sequence[Need]) -> list[dict[str, Any]]:
    return [described(need) for need in missing]


def _row(
    work: UnitOfWork, case: PaperCase, kind: PaperKind, given: Promise, until: Due, caller: Caller, sealer: Sealer
) -> dict[str, Any]:
    words = json.dumps({"statement": given.statement, "signed_by": given.signed_by}, ensure_ascii=False)
    return {
        "application_id": case.application_id,
        "kind": kind,
        "generation": case.generation.generation_id,
        "sealed": sealer.seal(words, _place(case.application_id)),
        "signed_on": given.signed_on,
        "taken_by": caller.client_id,
        "taken_at": work.now,
        "state": CommitmentState.OPEN,
        "ended_at": None,
        "due_at": until.at,
        "due_deadline": until.deadline,
        "due_from": until.counted_from,
        "due_provisional": until.provisional,
    }


def _place(application_id: str) -> str:
    return f"commitment {application_id}"
