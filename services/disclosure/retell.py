"""Tells once more what is shown and how the entries of the serious list stand (补告), slice by slice.

For a service that was taught to keep more of it than it did: what stood before its upgrade would else reach it only
with its next change. Orders nothing and raises no generation, so that repeating it changes nothing. Serves G10.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from services.disclosure.domain.display import PublicationState
from services.disclosure.domain.facts import facts_from_text
from services.disclosure.domain.graver import confirmed_repair_from
from services.disclosure.domain.settle import settled_from
from services.disclosure.rules import Law
from services.disclosure.serious_list import store as entries
from services.disclosure.serious_list.tell import changed
from services.disclosure.tables import disclosed_record, explained_publication, publication
from shared.clock import legal_date
from shared.contracts.events import PublicationRetold
from shared.contracts.records import Record
from shared.database.types import AnyRow
from shared.evidence.actions import Action
from shared.evidence.entry import Act, effect_of
from shared.messaging.unit_of_work import UnitOfWork
from shared.policy import Window
from shared.reasons import stated

SLICE = 500
"""Records, or entries, in one transaction; a record has at most three audiences."""


@dataclass(frozen=True)
class Retold:
    """How many records or entries a slice told of, and the last of them: none is left after an empty one."""

    number: int
    last: str | None


async def retell_shown(work: UnitOfWork, after: str, *, law: Law, by: str, reason: str, at_once: int = SLICE) -> Retold:
    """The next records that somebody shows, after this one."""
    reason = stated(reason)
    columns = publication.c
    shown = (columns.state == PublicationState.ONLINE) & (columns.record_id > after)
    theirs = select(columns.record_id).where(shown).distinct().order_by(columns.record_id).limit(at_once)
    ids = (await work.connection.scalars(theirs)).all()
    standing = explained_publication.add_columns(disclosed_record.c.body, disclosed_record.c.facts).join(
        disclosed_record, disclosed_record.c.record_id == columns.record_id
    )
    which = (columns.state == PublicationState.ONLINE) & columns.record_id.in_(ids)
    ordered = standing.where(which).order_by(columns.record_id, columns.audience)
    rows = (await work.connection.execute(ordered)).all() if ids else []
    today = legal_date(work.now)
    work.tell(*(_shown(row, law, today) for row in rows))
    return _noted(work, Action.PUBLICATIONS_RETOLD, ids, by, reason)


async def retell_entries(work: UnitOfWork, after: str, *, by: str, reason: str, at_once: int = SLICE) -> Retold:
    """The next entries of the serious list, whatever their state, after this one."""
    reason = stated(reason)
    rows = await entries.read_entries(work.connection, entries.Which(), after, at_once)
    work.tell(*(changed(row.entry_id, row.subject_key, row.authority_code, entries.entry_of(row)) for row in rows))
    return _noted(work, Action.LIST_ENTRIES_RETOLD, [row.entry_id for row in rows], by, reason)


def _noted(work: UnitOfWork, action: Action, ids: Sequence[str], by: str, reason: str) -> Retold:
    if not ids:
        return Retold(0, None)
    work.audit(Act(action, by, ids[-1], reason=reason, effect=effect_of(ids)))
    return Retold(len(ids), ids[-1])


def _shown(row: AnyRow, law: Law, today: date) -> PublicationRetold:
    window = settled_from(json.loads(row.provenance), json.loads(row.basis) if row.basis else None).window
    graver = confirmed_repair_from(window, facts_from_text(row.facts), law.evaluator, today)
    return told_again(row.record_id, row.generation, window, Record.model_validate_json(row.body), graver)


def told_again(
    record_id: str, generation: int, window: Window, record: Record, confirmed_repair_from_on: date | None
) -> PublicationRetold:
    """What one audience is shown, as its window says."""
    if window.closes_on is None:
        raise ValueError(f"record {record_id} is shown and has no last day")
    why = window.provenance
    return PublicationRetold(
        record_id=record_id,
        audience=window.audience,
        generation=generation,
        record=record,
        closes_on=window.closes_on,
        repair_from_on=window.repair_from_on,
        severity=window.severity,
        rule_id=why.rule_id,
        article=why.article,
        repair_rule_id=why.repair_rule_id,
        repair_article=why.repair_article,
        needs_confirmation=window.needs_confirmation,
        confirmed_repair_from_on=confirmed_repair_from_on,
    )
