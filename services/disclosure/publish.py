"""Decide display for records that ingest told of (公示), and order it.

An amended record is judged anew. One that was withdrawn or repaired is never shown again (guarantee G06), whatever
arrives later. What people stated about a record outlives its amendments. Where the authority changed its decision, the
reasons become public (Penalty Law art. 48).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import structlog

from services.disclosure import store
from services.disclosure.confirmations.store import find_stated
from services.disclosure.domain.facts import facts_of, with_stated
from services.disclosure.judge import Case, judge
from services.disclosure.metrics import STALE_RECORDS
from services.disclosure.rules import Law
from services.disclosure.statements.explain import explain_withdrawals
from shared.contracts.events import RecordAdmitted, RecordAmended
from shared.messaging.unit_of_work import UnitOfWork

log = structlog.get_logger()

Told = RecordAdmitted | RecordAmended


async def publish(work: UnitOfWork, told: Sequence[Told], law: Law) -> None:
    """Judge these records and tell what follows; an older generation than the stored one is refused."""
    newest = _newest(told)
    await store.lock_records(work, newest)
    known = await store.find_records(work, newest)
    fresh = [record for record_id, record in newest.items() if _is_newer(record, known.get(record_id))]
    stated = await find_stated(work, sorted(known))
    cases = [_case(record, known.get(record.record_id), stated.get(record.record_id, {})) for record in fresh]
    await store.store_records(work, fresh, {case.record_id: case.facts for case in cases}, law.revision)
    judged = await judge(work, cases, law)
    changes = {one.record_id: one.change for one in fresh if isinstance(one, RecordAmended) and one.change}
    shown = {one.case.record_id for one in judged if one.goes_online or one.goes_offline} & changes.keys()
    await explain_withdrawals(work, shown, changes)


def _case(told: Told, known: store.KnownRecord | None, stated: Mapping[str, Any]) -> Case:
    facts = with_stated(facts_of(told.record, told.first_submitted_on), stated)
    changed = told.change.withdrawn_on if isinstance(told, RecordAmended) and told.change else None
    return Case(told.record_id, facts, known.ended_by if known else None, told.record, changed)


def _newest(told: Iterable[Told]) -> dict[str, Told]:
    newest: dict[str, Told] = {}
    for record in told:
        if record.record_id not in newest or newest[record.record_id].generation < record.generation:
            newest[record.record_id] = record
    return newest


def _is_newer(told: Told, known: store.KnownRecord | None) -> bool:
    if known is None or known.source_generation < told.generation:
        return True
    if known.source_generation > told.generation:
        STALE_RECORDS.inc()
        log.warning("stale_record_refused", record_id=told.record_id, generation=told.generation)
    return False
