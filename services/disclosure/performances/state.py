"""A clerk states whether penalties were performed (标注履行情况): who, on which day, why; for his own authorities only.

Stores what was stated and opens the task of what has left the public already. Never changes a window (Q03) and never
what repair holds as proof of performance. Serves G14 and G15.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import structlog

from services.disclosure import store as core
from services.disclosure.performances import store
from services.disclosure.performances.domain.standing import Outcome, Standing, Statement, after, steps_of
from services.disclosure.performances.tasks import open_left
from services.disclosure.rules import Law
from shared.clock import legal_date
from shared.contracts.records import Record
from shared.database.types import AnyRow
from shared.errors import MALFORMED, Problem
from shared.evidence.actions import Action
from shared.evidence.entry import act_on, effect_of
from shared.identifiers import mask_free_text
from shared.messaging.unit_of_work import UnitOfWork
from shared.reasons import stated as stated_reason
from shared.vocabulary import RecordKind
from shared.web.caller import Caller

log = structlog.get_logger()


@dataclass(frozen=True)
class Stated:
    """What is stated of one record; `on` is the day of performance, or that on which none was established."""

    record_id: str
    statement: Statement
    on: date


@dataclass(frozen=True)
class Result:
    """How the record stands now, or why nothing was stored of it."""

    record_id: str
    standing: Standing | None = None
    refusal: str | None = None
    is_unknown: bool = False


async def state_performance(
    work: UnitOfWork, given: Sequence[Stated], reason: str, caller: Caller, law: Law
) -> list[Result]:
    """One result a record, each of them once in `given`. Raises `Problem` for a day to come, or when a record is of an
    authority that the caller does not speak for: then nothing is stored."""
    today, reason = legal_date(work.now), mask_free_text(stated_reason(reason))
    _refuse_days_to_come(given, today)
    ids = [one.record_id for one in given]
    await core.lock_records(work, ids)
    records = await store.read_records(work, ids)
    authorities = {
        record_id: Record.model_validate_json(row.body).issuing_authority.code for record_id, row in records.items()
    }
    caller.must_write_for(*authorities.values())
    refused = {one.record_id: why for one in given if (why := _refusal(one, records.get(one.record_id)))}
    taken = [one for one in given if one.record_id not in refused]
    before = await store.read_held(work, [one.record_id for one in taken])
    held = [
        _held(one, before.get(one.record_id), authorities[one.record_id], store.Act(caller.client_id, one.on, reason))
        for one in taken
    ]
    opened = await _store(work, held, reason, caller, law)
    standings = {one.record_id: one.standing for one in held} | dict.fromkeys(opened, Standing.OPEN)
    return [Result(one, standings.get(one), refused.get(one), is_unknown=one not in records) for one in ids]


async def _store(work: UnitOfWork, held: Sequence[store.Held], reason: str, caller: Caller, law: Law) -> list[str]:
    """Returns the records of which a task was opened at once."""
    if not held:
        return []
    await store.hold(work, held)
    ids = [one.record_id for one in held]
    effect = effect_of(f"{one.record_id} {one.standing} {one.act.on}" for one in held)
    many = f"{len(held)} records"
    work.audit(act_on(Action.PERFORMANCE_STATED, caller.client_id, ids, effect, many=many, reason=reason))
    log.info("performance_stated", records=len(held), by=caller.client_id)
    return sorted(await open_left(work, ids, law))


def _held(one: Stated, row: AnyRow | None, authority_code: str, act: store.Act) -> store.Held:
    before = Standing(row.standing) if row else None
    standing = after(before, one.statement)
    return store.Held(
        one.record_id,
        authority_code,
        standing,
        steps_of(before, one.statement),
        act,
        Outcome.PERFORMED if standing is Standing.CLOSED else None,
        row.opened_at if row else None,
        row.steps if row else 0,
    )


def _refuse_days_to_come(given: Sequence[Stated], today: date) -> None:
    late = [one for one in given if one.on > today]
    if late:
        errors = [{"field": "on", "reason": f"{late[0].on} lies after today, {today}"}]
        raise Problem(MALFORMED, "What has not happened yet cannot be stated.", errors=errors)


def _refusal(one: Stated, row: AnyRow | None) -> str | None:
    if row is None:
        return "Disclosure knows no such record."
    if row.kind != RecordKind.PENALTY:
        return "Only penalties are performed; this record is none."
    if row.withdrawn:
        return "The decision was withdrawn: nothing of it is to be performed."
    if one.on < row.decided_on:
        return f"The day lies before the decision of {row.decided_on}."
    if one.statement is Statement.UNPERFORMED and row.repaired:
        return "A repair was approved on proof of performance. Revoke the repair if that proof was false."
    return None
