"""Decide display for records that ingest told of (公示), and order it.

An amended record is judged anew. One that was withdrawn or repaired is never shown again (guarantee G06), whatever
arrives later.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import structlog

from services.disclosure import store
from services.disclosure.domain.display import PublicationState, state_of
from services.disclosure.domain.facts import facts_of
from services.disclosure.metrics import STALE_RECORDS
from services.disclosure.rules import Law
from shared.clock import legal_date, start_of_legal_day
from shared.contracts.events import PublicationOffline, PublicationOnline, RecordAdmitted, RecordAmended
from shared.messaging.unit_of_work import UnitOfWork
from shared.policy import Window
from shared.vocabulary import TakeDownReason

log = structlog.get_logger()

Told = RecordAdmitted | RecordAmended


@dataclass(frozen=True)
class _Decision:
    """One audience of one record: the window, the state it puts the publication in, and the generation it gets."""

    told: Told
    window: Window
    state: PublicationState
    generation: int
    before: store.StoredPublication | None


async def publish(work: UnitOfWork, told: Sequence[Told], law: Law) -> None:
    """Judge these records and tell what follows; an older generation than the stored one is refused."""
    newest = _newest(told)
    known = await store.find_records(work, newest.keys())
    fresh = [record for record_id, record in newest.items() if _is_newer(record, known.get(record_id))]
    before = await store.find_publications(work, [record.record_id for record in fresh])
    today = legal_date(work.now)
    decisions = [
        _decide(record, window, before.get((record.record_id, window.audience)), known.get(record.record_id), today)
        for record in fresh
        for window in law.evaluator.evaluate(facts_of(record.record, record.first_submitted_on), today)
    ]
    await store.store_records(work, fresh)
    await store.store_publications(
        work,
        [
            store.PublicationChange(
                record_id=decision.told.record_id,
                generation=decision.generation,
                state=decision.state,
                window=decision.window,
                reason=_reason(decision),
            )
            for decision in decisions
        ],
    )
    work.tell(*_events(decisions, law, today))


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


def _decide(
    told: Told,
    window: Window,
    before: store.StoredPublication | None,
    known: store.KnownRecord | None,
    today: date,
) -> _Decision:
    state = state_of(window, today)
    ended = known is not None and (known.withdrawn or known.repaired)
    if state is PublicationState.ONLINE and (ended or (before and before.state is PublicationState.OFFLINE)):
        # What left the public's sight stays away: after repair, withdrawal or the end of a window.
        state = PublicationState.OFFLINE
    if before and before.state is PublicationState.ONLINE and state is PublicationState.EXEMPT:
        state = PublicationState.OFFLINE
    return _Decision(told, window, state, before.generation + 1 if before else 1, before)


def _reason(decision: _Decision) -> TakeDownReason | None:
    if decision.state is not PublicationState.OFFLINE:
        return None
    if decision.before and decision.before.reason:
        return TakeDownReason(decision.before.reason)
    return TakeDownReason.NO_LONGER_PUBLISHABLE


def _events(decisions: Iterable[_Decision], law: Law, today: date) -> Iterable[PublicationOnline | PublicationOffline]:
    for decision in decisions:
        if decision.state is PublicationState.ONLINE:
            yield _online(decision, law)
        elif decision.before and decision.before.state is PublicationState.ONLINE:
            yield PublicationOffline(
                record_id=decision.told.record_id,
                audience=decision.window.audience,
                generation=decision.generation,
                reason=TakeDownReason.NO_LONGER_PUBLISHABLE,
                offline_on=today,
                due_at=start_of_legal_day(today),
            )


def _online(decision: _Decision, law: Law) -> PublicationOnline:
    window, told = decision.window, decision.told
    if window.opens_on is None or window.closes_on is None:
        raise ValueError(f"the window of record {told.record_id} is shown and has no dates")
    return PublicationOnline.model_construct(
        record_id=told.record_id,
        audience=window.audience,
        generation=decision.generation,
        record=told.record,
        opens_on=window.opens_on,
        closes_on=window.closes_on,
        repair_from_on=window.repair_from_on,
        rule_id=window.provenance.rule_id,
        due_at=law.due_at("reporting", told.record.decided_on),
    )
