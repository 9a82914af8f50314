"""Show again what packs that proved wrong had hidden (恢复公示): a person's explicit act, with who, why and when.

Only what those packs hid, never after a repair or a withdrawal, never beyond the last lawful day. The order carries a
new generation, which is why no fence refuses it. Serves G03, G04 and G06.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import structlog

from services.disclosure import judged
from services.disclosure import store as core
from services.disclosure.confirmations.store import Decision, find_approvals
from services.disclosure.domain.display import Approval, PublicationState, standing_of
from services.disclosure.domain.facts import facts_from_text
from services.disclosure.domain.foresee import foresee
from services.disclosure.domain.graver import confirmed_repair_from
from services.disclosure.domain.settle import Settled
from services.disclosure.metrics import RESTORED
from services.disclosure.policy.store import newest_revision, read_texts
from services.disclosure.restorations import store
from services.disclosure.restorations.domain.restorable import Hidden, restored
from services.disclosure.rules import Law
from shared.clock import legal_date
from shared.contracts.events import PublicationOnline
from shared.contracts.records import Record
from shared.database.connection import AsyncConnection
from shared.database.engine import Database
from shared.errors import CONFLICT, NOT_FOUND, Problem
from shared.evidence.actions import Action
from shared.evidence.entry import Act, effect_of
from shared.ids import new_id
from shared.messaging.unit_of_work import UnitOfWork
from shared.policy import Evaluator, Facts, Window
from shared.policy.load import parse_texts
from shared.vocabulary import Audience

log = structlog.get_logger()


@dataclass(frozen=True)
class Wrong:
    """The adoption that proved wrong, and the law as it was before."""

    revision: int
    version: str
    before: Evaluator


@dataclass(frozen=True)
class Outcome:
    """What became of one publication: its new last day, or why nothing was restored."""

    record_id: str
    audience: Audience
    closes_on: date | None = None
    refusal: str | None = None


@dataclass(frozen=True)
class _Act:
    """One publication that is shown again."""

    before: judged.StoredPublication
    change: judged.PublicationChange
    confirmed_repair_from_on: date | None


async def wrong_adoption(database: Database, revision: int) -> Wrong:
    """The adoption, or the problem: unknown, the first one, or still in force. Call it before a transaction begins."""
    async with database.reading() as connection:
        row = await store.read_adoption(connection, revision)
        newest = await newest_revision(connection)
        texts = await read_texts(connection, revision - 1)
    if row is None:
        raise Problem(NOT_FOUND, "There is no adoption with this revision.")
    if revision == newest:
        raise Problem(CONFLICT, "These packs are in force. Adopt the corrected ones first.", revision=revision)
    if not texts:
        raise Problem(CONFLICT, "Nothing was in force before these packs.", revision=revision)
    packs = (await asyncio.to_thread(parse_texts, texts))[0]
    return Wrong(revision, row.version, Evaluator(packs))


async def restore(
    work: UnitOfWork, record_ids: Sequence[str], wrong: Wrong, law: Law, by: Decision
) -> tuple[str | None, list[Outcome]]:
    """The act's identifier, or None when nothing could be restored, and what became of each hidden publication."""
    today = legal_date(work.now)
    await core.lock_records(work, record_ids)
    known = await store.read_facts(work.connection, record_ids)
    missing = sorted(set(record_ids) - set(known))
    if missing:
        raise Problem(NOT_FOUND, f"Disclosure knows no record {missing[0]}.")
    stored = await judged.find_publications(work, record_ids)
    approvals = await _approvals(work, known, law)
    outcomes, acts = [], []
    for (record_id, audience), publication in stored.items():
        hidden = Hidden(publication.state, publication.reason, publication.settled)
        result = _decided(known[record_id], hidden, Audience(audience), wrong, law, today)
        if isinstance(result, Settled):
            facts = facts_from_text(known[record_id].facts)
            change = _change(record_id, facts, publication, result, approvals[record_id], law, today)
            graver = confirmed_repair_from(result.window, facts, law.evaluator, today)
            acts.append(_Act(publication, change, graver))
            outcomes.append(Outcome(record_id, Audience(audience), closes_on=result.window.closes_on))
        else:
            outcomes.append(Outcome(record_id, Audience(audience), refusal=result))
    return await _carry_out(work, acts, wrong, law, by), outcomes


async def candidates(
    connection: AsyncConnection, wrong: Wrong, law: Law, today: date, page: tuple[tuple[str, str] | None, int]
) -> list[Outcome]:
    """What an act could show again, and why it could not, by record and audience. Changes nothing."""
    return [
        _outcome(row, _decided(row, store.hidden_of(row), Audience(row.audience), wrong, law, today))
        for row in await store.list_hidden(connection, wrong.version, *page)
    ]


def _decided(row: Any, hidden: Hidden, audience: Audience, wrong: Wrong, law: Law, today: date) -> Settled | str:
    if row.withdrawn or row.repaired or row.facts is None:
        return "The record was withdrawn or repaired and is never shown again."
    facts = facts_from_text(row.facts)
    before = _window(wrong.before, facts, audience, today)
    now = _window(law.evaluator, facts, audience, today)
    return restored(hidden, wrong.version, before, now, today, keeps_repair=law.answers.keeps_reached_repair)


def _window(evaluator: Evaluator, facts: Facts, audience: Audience, today: date) -> Window:
    return next(one for one in evaluator.evaluate(facts, today) if one.audience is audience)


def _outcome(row: Any, result: Settled | str) -> Outcome:
    if isinstance(result, Settled):
        return Outcome(row.record_id, Audience(row.audience), closes_on=result.window.closes_on)
    return Outcome(row.record_id, Audience(row.audience), refusal=result)


async def _approvals(work: UnitOfWork, known: Mapping[str, Any], law: Law) -> dict[str, Approval]:
    wanting = [
        record_id
        for record_id, row in known.items()
        if row.facts is not None and law.wants_approval(facts_from_text(row.facts).authority_region)
    ]
    return dict.fromkeys(known, Approval.NOT_NEEDED) | await find_approvals(work, wanting)


def _change(
    record_id: str,
    facts: Facts,
    stored: judged.StoredPublication,
    settled: Settled,
    approval: Approval,
    law: Law,
    today: date,
) -> judged.PublicationChange:
    state, reason = standing_of(settled.window, None, None, approval, today, was_shown=False)
    shown = state is PublicationState.ONLINE
    due = law.due("reporting", today) if shown else None
    foreseen = foresee(settled.window, facts, law.evaluator, today) if shown else None
    return judged.PublicationChange(
        record_id, stored.generation + 1, state, settled, reason, due, today, foreseen, True
    )


async def _carry_out(work: UnitOfWork, acts: Sequence[_Act], wrong: Wrong, law: Law, by: Decision) -> str | None:
    if not acts:
        return None
    restoration_id = new_id()
    changes = [act.change for act in acts]
    await judged.store_publications(work, changes)
    records = sorted({change.record_id for change in changes})
    contents = await judged.find_contents(work, records)
    shown = [act for act in acts if act.change.state is PublicationState.ONLINE]
    work.tell(*(_online(act, contents[act.change.record_id]) for act in shown))
    row = {
        "restoration_id": restoration_id,
        "revision": wrong.revision,
        "reason": by.reason,
        "restored_by": by.decided_by,
        "records": len(records),
    }
    await store.insert_act(work, row, [_row(restoration_id, act) for act in acts])
    effect = effect_of(f"{one.record_id} {one.settled.window.audience} {one.generation}" for one in changes)
    work.audit(Act(Action.DISPLAY_RESTORED, by.decided_by, restoration_id, reason=by.reason, effect=effect))
    RESTORED.inc(len(acts))
    log.warning("publications_restored", restoration_id=restoration_id, records=len(records), by=by.decided_by)
    return restoration_id


def _row(restoration_id: str, act: _Act) -> dict[str, Any]:
    window = act.change.settled.window
    return {
        "record_id": act.change.record_id,
        "audience": window.audience,
        "generation": act.change.generation,
        "restoration_id": restoration_id,
        "was_state": act.before.state,
        "was_reason": act.before.reason,
        "closes_on": window.closes_on,
    }


def _online(act: _Act, record: Record) -> PublicationOnline:
    change = act.change
    window = change.settled.window
    if window.opens_on is None or window.closes_on is None or change.due is None:
        raise ValueError(f"record {change.record_id} is shown and has no dates")
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
        severity=window.severity,
        article=window.provenance.article,
        repair_rule_id=window.provenance.repair_rule_id,
        repair_article=window.provenance.repair_article,
        needs_confirmation=window.needs_confirmation,
        confirmed_repair_from_on=act.confirmed_repair_from_on,
    )
