"""A person states what a record leaves open, or allows its display; the record is judged again at once.

What was stated outlives amendments of the record. Every decision keeps who, why and when; none is overwritten. Serves
G03 and G04.
"""

import json
from collections.abc import Mapping
from typing import Any

import structlog

from services.disclosure import store as core
from services.disclosure.confirmations import store
from services.disclosure.confirmations.domain.stated import refusal
from services.disclosure.confirmations.store import Decision
from services.disclosure.domain.facts import facts_of, facts_text, with_stated
from services.disclosure.judge import Case, Judgment, judge
from services.disclosure.rules import Law
from shared.clock import legal_date
from shared.contracts.records import Record
from shared.database.types import AnyRow
from shared.errors import CONFLICT, MALFORMED, NOT_FOUND, Problem
from shared.evidence.actions import Action
from shared.evidence.entry import Act
from shared.messaging.unit_of_work import UnitOfWork
from shared.policy import Facts, from_json

log = structlog.get_logger()


async def confirm(
    work: UnitOfWork, record_id: str, stated: Mapping[str, Any], law: Law, by: Decision
) -> list[Judgment]:
    """人工确认: add these facts to a record and judge it; returns what changed."""
    if reason := refusal(stated, law.evaluator.packs.settings):
        raise Problem(MALFORMED, "A fact cannot be taken.", errors=[reason])
    await core.lock_records(work, [record_id])
    base = await _facts_of_its_text(work, record_id)
    await _refuse_what_has_ended(work, record_id)
    await store.add_confirmation(work, record_id, stated, by)
    told = {"facts": sorted(stated)}
    work.audit(Act(Action.FACTS_CONFIRMED, by.decided_by, record_id, record_id, by.reason, payload=told))
    facts = with_stated(base, (await store.find_stated(work, [record_id]))[record_id])
    await store.set_facts(work, record_id, facts_text(facts), legal_date(work.now), law.revision)
    changed = await judge(work, [Case(record_id, facts, ended_by=None)], law)
    log.info("facts_confirmed", record_id=record_id, facts=sorted(stated), changed=len(changed), by=by.decided_by)
    return changed


async def decide_approval(work: UnitOfWork, record_id: str, approved: bool, law: Law, by: Decision) -> list[Judgment]:
    """审慎适度: allow the display of a record that waits for a person's word, or refuse it."""
    await core.lock_records(work, [record_id])
    base = await _facts_of_its_text(work, record_id)
    facts = with_stated(base, (await store.find_stated(work, [record_id])).get(record_id, {}))
    if not law.wants_approval(facts.authority_region):
        raise Problem(CONFLICT, "Records of this region are shown without approval.", region=facts.authority_region)
    if not await store.waits_for_approval(work.connection, record_id):
        raise Problem(CONFLICT, "The record does not wait for approval.")
    await store.add_approval(work, record_id, approved, by)
    told = {"approved": approved}
    work.audit(Act(Action.DISPLAY_DECIDED, by.decided_by, record_id, record_id, by.reason, payload=told))
    changed = await judge(work, [Case(record_id, facts, ended_by=None)], law)
    log.info("display_decided", record_id=record_id, approved=approved, changed=len(changed), by=by.decided_by)
    return changed


async def _refuse_what_has_ended(work: UnitOfWork, record_id: str) -> None:
    """What is offline towards everybody stays so, whatever a person states: what ended on the milder reading has ended
    (R07)."""
    ended = await store.how_ended(work.connection, record_id)
    if ended:
        raise Problem(
            CONFLICT,
            "The record is no longer shown to anyone, and no fact shows it again or hides it further: a graver class "
            "had to be confirmed while it was shown. If packs that proved wrong ended it, restore it "
            "(/v1/restorations).",
            reasons=sorted({row.reason for row in ended}),
            ended=[_ending(row) for row in ended],
        )


def _ending(row: AnyRow) -> dict[str, Any]:
    """On which day one audience lost sight of it, and by which article."""
    window = from_json(json.loads(row.provenance))
    return {
        "audience": window.audience,
        "offline_on": window.offline_on.isoformat() if window.offline_on else None,
        "reason": row.reason,
        "article": window.provenance.article,
    }


async def _facts_of_its_text(work: UnitOfWork, record_id: str) -> Facts:
    """The facts that the record itself gives; withdrawn and repaired records are decided for good."""
    row = await store.find_record(work.connection, record_id)
    if row is None or row.body is None:
        raise Problem(NOT_FOUND, "Disclosure knows no record with this identifier.")
    if row.withdrawn or row.repaired:
        raise Problem(CONFLICT, "The record was withdrawn or repaired and is never shown again.")
    return facts_of(Record.model_validate_json(row.body), row.first_submitted_on)
