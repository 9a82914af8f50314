"""Decide display for records that ingest told of (公示), and order it.

An amended record is judged anew. One that was withdrawn or repaired is never shown again (guarantee G06), whatever
arrives later. What people stated about a record outlives its amendments. Where the authority changed its decision, the
reasons become public (Penalty Law art. 48), also when a newer content overtook them.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import structlog

from services.disclosure import store
from services.disclosure.confirmations.store import find_stated
from services.disclosure.domain.facts import facts_of, with_stated
from services.disclosure.judge import Case, judge
from services.disclosure.metrics import STALE_RECORDS
from services.disclosure.rules import Law
from services.disclosure.statements.explain import explain_changes
from shared.contracts.events import RecordAdmitted, RecordAmended, Withdrawal
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
    changes, superseding = _changes(told, known)
    cases = [
        _case(
            record,
            known.get(record.record_id),
            stated.get(record.record_id, {}),
            changes[record.record_id] if record.record_id in superseding else None,
        )
        for record in fresh
    ]
    await store.store_records(work, fresh, {case.record_id: case.facts for case in cases}, law.revision)
    await judge(work, cases, law)
    await explain_changes(work, changes, superseding)


def _case(told: Told, known: store.KnownRecord | None, stated: Mapping[str, Any], change: Withdrawal | None) -> Case:
    facts = with_stated(facts_of(told.record, told.first_submitted_on), stated)
    changed_on = change.withdrawn_on if change else None
    return Case(told.record_id, facts, known.ended_by if known else None, told.record, changed_on)


def _changes(
    told: Iterable[Told], known: Mapping[str, store.KnownRecord]
) -> tuple[dict[str, Withdrawal], frozenset[str]]:
    """The newest change of each record's decision, also one that a newer content has overtaken; and the records whose
    change is newer than what is stored. What was heard already is left out."""
    newest: dict[str, tuple[date, int, Withdrawal]] = {}
    for one in told:
        if not isinstance(one, RecordAmended) or one.change is None or _is_known(one, known):
            continue
        found = (one.change.withdrawn_on, one.generation, one.change)
        if one.record_id not in newest or newest[one.record_id][:2] < found[:2]:
            newest[one.record_id] = found
    superseding = frozenset(
        record_id
        for record_id, (_, generation, _) in newest.items()
        if record_id not in known or known[record_id].source_generation < generation
    )
    return {record_id: change for record_id, (_, _, change) in newest.items()}, superseding


def _is_known(told: Told, known: Mapping[str, store.KnownRecord]) -> bool:
    return told.record_id in known and known[told.record_id].source_generation == told.generation


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
