"""Show again what a repair had ended that was revoked because of false papers (撤销修复).

Only what that repair ended, only while its window runs, never beyond the last lawful day, and never what its authority
withdrew or whose subject is gone; what had waited for a person waits again. The order carries a new generation, which
is why no fence refuses it. Serves G04, G06 and G10.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from services.disclosure import judged, store
from services.disclosure.campaign.subjects import whose_subject_is_gone
from services.disclosure.confirmations.store import find_approvals
from services.disclosure.domain.display import WAITING, Approval, PublicationState, Standing, standing_of
from services.disclosure.domain.facts import facts_from_text
from services.disclosure.domain.foresee import foresee
from services.disclosure.domain.graver import confirmed_repair_from
from services.disclosure.domain.settle import Settled, settle
from services.disclosure.metrics import RESTORED
from services.disclosure.rules import Law
from shared.clock import legal_date
from shared.contracts.events import PublicationOnline, RepairRevoked
from shared.contracts.records import Record
from shared.errors import CONFLICT, Problem
from shared.evidence.actions import Action
from shared.evidence.entry import act_on, effect_of, system
from shared.messaging.unit_of_work import UnitOfWork
from shared.policy import Facts
from shared.vocabulary import TakeDownReason

_Stored = Mapping[tuple[str, str], judged.StoredPublication]


async def resume_display(work: UnitOfWork, revoked: Sequence[RepairRevoked], law: Law) -> None:
    """Raises `Problem` for a revocation that overtook its approval: heard again later, it finds it."""
    ids = sorted({one.record_id for one in revoked if one.restores_display})
    if not ids:
        return
    await store.lock_records(work, ids)
    known = await store.find_records(work, ids)
    if early := [one for one in ids if one not in known or not known[one].repaired]:
        raise Problem(CONFLICT, "The approval that this revokes has not arrived yet.", record_ids=early[:20])
    await store.unmark_repaired(work, ids)
    standing = [one for one in ids if not known[one].withdrawn]
    restoring = await _restoring(work, standing, law)
    changes = [change for record_id in sorted(restoring.facts) for change in _changes(record_id, restoring)]
    await judged.store_publications(work, changes)
    shown = [one for one in changes if one.state is PublicationState.ONLINE]
    contents = await judged.find_contents(work, sorted({one.record_id for one in shown}))
    work.tell(*(_online(one, contents[one.record_id], restoring) for one in shown))
    effect = effect_of(f"{one.record_id} {one.settled.window.audience} {one.generation}" for one in shown)
    act = act_on(Action.DISPLAY_RESTORED, system("disclosure.events"), ids, effect, many=f"{len(ids)} records")
    work.audit(act)
    RESTORED.inc(len(shown))


@dataclass(frozen=True)
class _Restoring:
    """What decides about the records of one message."""

    facts: Mapping[str, Facts]
    before: _Stored
    approvals: Mapping[str, Approval]
    gone: Collection[str]
    law: Law
    today: date


async def _restoring(work: UnitOfWork, record_ids: Sequence[str], law: Law) -> _Restoring:
    facts = {one: facts_from_text(text) for one, text in (await store.find_facts(work, record_ids)).items()}
    wanting = [one for one in sorted(facts) if law.wants_approval(facts[one].authority_region)]
    return _Restoring(
        facts,
        await judged.find_publications(work, sorted(facts)),
        await find_approvals(work, wanting),
        await whose_subject_is_gone(work, sorted(facts), law.answers.abnormal_statuses),
        law,
        legal_date(work.now),
    )


def _changes(record_id: str, of: _Restoring) -> Iterable[judged.PublicationChange]:
    facts, today = of.facts[record_id], of.today
    for window in of.law.evaluator.evaluate(facts, today):
        stored = of.before.get((record_id, window.audience))
        if stored is None or not _ended_by_repair(stored):
            continue
        settled = settle(stored.settled, window, today, keeps_repair=of.law.answers.keeps_reached_repair)
        state, reason = _standing(record_id, stored, settled, of)
        online = state is PublicationState.ONLINE
        if not online and state not in WAITING and reason is not TakeDownReason.SUBJECT_GONE:
            continue
        generation = stored.generation + online
        due = of.law.due("reporting", today) if online else None
        foreseen = foresee(settled.window, facts, of.law.evaluator, today) if online else None
        yield judged.PublicationChange(record_id, generation, state, settled, reason, due, today, foreseen, True)


def _standing(record_id: str, stored: judged.StoredPublication, settled: Settled, of: _Restoring) -> Standing:
    """As if there had been no repair: what the public had seen needs no second approval (A21), the rest its first."""
    if record_id in of.gone:
        return PublicationState.OFFLINE, TakeDownReason.SUBJECT_GONE
    asked = Approval.NOT_NEEDED if stored.was_shown else of.approvals.get(record_id, Approval.NOT_NEEDED)
    return standing_of(settled.window, None, None, asked, of.today, was_shown=stored.was_shown)


def _ended_by_repair(stored: judged.StoredPublication) -> bool:
    return stored.state is PublicationState.OFFLINE and stored.reason is TakeDownReason.REPAIR_APPROVED


def _online(change: judged.PublicationChange, record: Record, of: _Restoring) -> PublicationOnline:
    window = change.settled.window
    if window.opens_on is None or window.closes_on is None or change.due is None:
        raise ValueError(f"record {change.record_id} is shown and has no dates")
    graver = confirmed_repair_from(window, of.facts[change.record_id], of.law.evaluator, of.today)
    return PublicationOnline(
        record_id=change.record_id,
        audience=window.audience,
        generation=change.generation,
        record=record,
        opens_on=window.opens_on,
        closes_on=window.closes_on,
        repair_from_on=window.repair_from_on,
        rule_id=window.provenance.rule_id,
        due_at=change.due.at,
        term=change.due.term,
        severity=window.severity,
        article=window.provenance.article,
        repair_rule_id=window.provenance.repair_rule_id,
        repair_article=window.provenance.repair_article,
        needs_confirmation=window.needs_confirmation,
        confirmed_repair_from_on=graver,
    )
