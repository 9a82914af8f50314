"""Give the newest order of some records once more (补发指令), as it was given: same generation, content and due date.

Whoever has heard it refuses it by its generation and changes nothing, so that repeating is harmless. Serves G01.
"""

import json
from collections.abc import Collection
from datetime import date

from services.disclosure.decided.store import read_orders
from services.disclosure.domain.display import PublicationState
from services.disclosure.domain.facts import facts_from_text
from services.disclosure.domain.graver import confirmed_repair_from
from services.disclosure.domain.settle import settled_from
from services.disclosure.rules import Law
from shared.calendars.dues import Due
from shared.clock import legal_date, start_of_legal_day
from shared.contracts.events import PublicationOffline, PublicationOnline
from shared.contracts.records import Record
from shared.database.types import AnyRow
from shared.evidence.actions import Action
from shared.evidence.entry import act_on, effect_of
from shared.messaging.unit_of_work import UnitOfWork
from shared.reasons import stated
from shared.vocabulary import TakeDownReason


async def repeat_orders(work: UnitOfWork, record_ids: Collection[str], law: Law, by: str, reason: str) -> int:
    """How many orders were given again; a record of which nothing was told has none."""
    reason = stated(reason)
    rows = await read_orders(work.connection, sorted(record_ids))
    today = legal_date(work.now)
    work.tell(*(_online(row, law, today) if row.state == PublicationState.ONLINE else _offline(row) for row in rows))
    if rows:
        effect = effect_of(f"{row.record_id} {row.audience} {row.generation}" for row in rows)
        concerned = sorted({row.record_id for row in rows})
        many = f"{len(concerned)} records"
        work.audit(act_on(Action.ORDERS_REPEATED, by, concerned, effect, many=many, reason=reason))
    return len(rows)


def _online(row: AnyRow, law: Law, today: date) -> PublicationOnline:
    window = settled_from(json.loads(row.provenance), json.loads(row.basis) if row.basis else None).window
    if window.opens_on is None or window.closes_on is None:
        raise ValueError(f"record {row.record_id} is shown and has no dates")
    due, why = _due(row, window.opens_on), window.provenance
    return PublicationOnline(
        record_id=row.record_id,
        audience=window.audience,
        generation=row.generation,
        record=Record.model_validate_json(row.body),
        opens_on=window.opens_on,
        closes_on=window.closes_on,
        repair_from_on=window.repair_from_on,
        rule_id=why.rule_id,
        due_at=due.at,
        term=due.term,
        severity=window.severity,
        article=why.article,
        repair_rule_id=why.repair_rule_id,
        repair_article=why.repair_article,
        needs_confirmation=window.needs_confirmation,
        confirmed_repair_from_on=confirmed_repair_from(window, facts_from_text(row.facts), law.evaluator, today),
    )


def _offline(row: AnyRow) -> PublicationOffline:
    """What waits for a person again was ordered away as no longer to be shown."""
    left_on = legal_date(row.changed_at)
    offline_on = min(row.offline_on or left_on, left_on)
    due = _due(row, offline_on)
    reason = TakeDownReason(row.reason) if row.reason else TakeDownReason.NO_LONGER_PUBLISHABLE
    return PublicationOffline(
        record_id=row.record_id,
        audience=row.audience,
        generation=row.generation,
        reason=reason,
        offline_on=offline_on,
        due_at=due.at,
        term=due.term,
    )


def _due(row: AnyRow, on: date) -> Due:
    """As it was counted; what has no deadline of its own is due on its day."""
    return Due(row.due_at or start_of_legal_day(on), row.due_deadline, row.due_from, row.due_provisional)
