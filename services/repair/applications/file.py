"""File an application (申请信用修复) for one or several records of one subject; answered at once, and never twice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import IntegrityError

from services.repair import store as shown_store
from services.repair.applications import clocks, store
from services.repair.applications.domain.case import Action, RecordOutcome
from services.repair.applications.domain.machine import filed
from services.repair.applications.domain.rules import Generation, procedure_rules, wants_two_people
from services.repair.applications.look_again import class_of, must_be_possible
from services.repair.eligibility.domain.verdict import judge_record
from services.repair.eligibility.look import find_known
from shared.clock import legal_date
from shared.database.types import AnyRow
from shared.errors import CONFLICT, NOT_FOUND, OPEN_APPLICATION, Problem
from shared.evidence.actions import Action as Audited
from shared.evidence.entry import Act, effect_of
from shared.ids import new_id, new_tracking_number
from shared.messaging.unit_of_work import UnitOfWork
from shared.vocabulary import Severity
from shared.web.caller import Caller
from shared.workdays import WorkCalendar

MOST_RECORDS = 50


@dataclass(frozen=True)
class Filed:
    """A new application, and the number by which the applicant follows it (查询码)."""

    application_id: str
    tracking_number: str


async def file(
    work: UnitOfWork, record_ids: Sequence[str], caller: Caller, calendar: WorkCalendar, reason: str = ""
) -> Filed:
    """File it, or raise the `Problem` that says why not and from when; then nothing changed."""
    wanted = sorted(set(record_ids))
    shown = await _shown(work, wanted, caller)
    today = legal_date(work.now)
    for record_id, known in (await find_known(work.connection, wanted)).items():
        must_be_possible(judge_record(record_id, known, today))
    return await _store(work, shown, caller, calendar, reason)


async def _shown(work: UnitOfWork, record_ids: Sequence[str], caller: Caller) -> dict[str, list[AnyRow]]:
    """What each audience shows of the records, locked so that two applications for one of them queue up."""
    found: dict[str, list[AnyRow]] = {record_id: [] for record_id in record_ids}
    for row in await shown_store.lock_shown(work, record_ids):
        found[row.record_id].append(row)
    unknown = [one for one, rows in found.items() if not rows or not _may_know(caller, rows[0])]
    if unknown:
        raise Problem(NOT_FOUND, "Repair knows no shown record of yours by this identifier.", record_ids=unknown[:20])
    first = [rows[0] for rows in found.values()]
    if not all(caller.speaks_for(row.subject_key or "") for row in first):
        caller.must_write_for(*(row.authority_code or "" for row in first))
    if len({(row.subject_key, row.authority_code) for row in first}) > 1:
        raise Problem(CONFLICT, "One application is for records of one subject and one authority; file one for each.")
    return found


def _may_know(caller: Caller, row: AnyRow) -> bool:
    """An applicant learns of another's record nothing, not even that there is one."""
    return not caller.subjects or caller.speaks_for(row.subject_key or "") or caller.may_write_for(row.authority_code)


async def _store(
    work: UnitOfWork, shown: Mapping[str, Sequence[AnyRow]], caller: Caller, calendar: WorkCalendar, reason: str
) -> Filed:
    today = legal_date(work.now)
    generation = procedure_rules().generation_on(today)
    new = Filed(new_id(), new_tracking_number())
    severity = class_of([row for rows in shown.values() for row in rows if row.online])
    case = filed(two_people=wants_two_people(generation, severity))
    records = [
        {
            "application_id": new.application_id,
            "record_id": record_id,
            "outcome": RecordOutcome.PENDING,
            "rule_id": next((row.rule_id for row in rows if row.online), None),
            "is_open": True,
        }
        for record_id, rows in shown.items()
    ]
    taken = store.Taken(new.application_id, Action.FILE, None, case, caller.client_id, reason)
    row = _row(work, new, next(iter(shown.values()))[0], caller, generation, severity)
    try:
        await store.insert(work, {**row, "two_people": case.two_people}, records, taken)
    except IntegrityError:
        # On a record that two applications name with others, the index decides; nothing of ours is stored.
        raise Problem(OPEN_APPLICATION, "There is an open application for one of the records already.") from None
    await clocks.follow(work, Action.FILE, clocks.Limits(new.application_id, generation, today, calendar))
    one = next(iter(shown)) if len(shown) == 1 else None
    effect = effect_of(shown)
    work.audit(Act(Audited.REPAIR_FILED, caller.client_id, new.application_id, one, reason or None, effect))
    return new


def _row(
    work: UnitOfWork, new: Filed, of: AnyRow, caller: Caller, generation: Generation, severity: Severity | None
) -> dict[str, Any]:
    return {
        "application_id": new.application_id,
        "tracking_number": new.tracking_number,
        "version": 1,
        "state": "submitted",
        "state_since": work.now,
        "subject_key": of.subject_key or "",
        "uscc": of.uscc,
        "region": of.region or "",
        "authority_code": of.authority_code,
        "generation": generation.id,
        "severity": severity,
        "filed_by": caller.client_id,
        "on_behalf": not caller.speaks_for(of.subject_key or ""),
        "filed_at": work.now,
        "filed_on": legal_date(work.now),
    }
