"""Publish the reasons of a withdrawal or a change (公开说明理由) for each decision that the public saw until now.

What had left the public's sight before is not recalled to it, and natural persons are named nowhere. Saying it again
changes nothing. Serves G04 and G12.
"""

from collections.abc import Collection, Mapping
from dataclasses import asdict
from typing import Any

from sqlalchemy import select

from services.disclosure import judged
from services.disclosure.column.store import may_be_shown
from services.disclosure.domain.keys import document_key, name_key
from services.disclosure.statements.domain.rule import parse_rule
from services.disclosure.statements.domain.statement import Statement, statement_of
from services.disclosure.statements.tables import public_statement
from services.disclosure.tables import disclosed_record
from shared.clock import legal_date
from shared.contracts.events import Withdrawal
from shared.contracts.records import Record
from shared.database.upsert import upsert
from shared.messaging.unit_of_work import UnitOfWork
from shared.rule_files import RuleFile
from shared.vocabulary import SubjectKind

FILE = RuleFile("disclosure/statements.toml", "services.disclosure.statements", parse_rule, inside="rule.toml")

load_rule = FILE.read
"""The rule in force."""


async def explain_withdrawals(
    work: UnitOfWork, record_ids: Collection[str], withdrawals: Mapping[str, Withdrawal]
) -> None:
    """`record_ids` are those that the withdrawal has just taken down, or whose decision was changed."""
    if not record_ids:
        return
    rule, today = load_rule(), legal_date(work.now)
    contents = await judged.find_contents(work, sorted(set(record_ids)))
    rows = [
        _row(work, record_id, record, statement_of(record, withdrawals[record_id], today, rule.period, rule.article))
        for record_id, record in contents.items()
        if record.kind in rule.kinds and record.subject.kind is not SubjectKind.NATURAL_PERSON
    ]
    if rows:
        # A decision may be changed and later withdrawn: the newest reasons stand.
        await work.connection.execute(upsert(work.dialect, public_statement, keys=("record_id",)), rows)


async def explain_changes(work: UnitOfWork, changes: Mapping[str, Withdrawal], superseding: Collection[str]) -> None:
    """变更: for those of these records that the column shows today, unless newer reasons stand already.

    The reasons may arrive after a newer content of their record. Of two changes of one day the later one counts:
    `superseding` are the records whose change came with a newer content than the stored one.
    """
    if not changes:
        return
    record, stated = disclosed_record.c, public_statement.c
    query = (
        select(record.record_id, stated.withdrawn_on)
        .outerjoin(public_statement, stated.record_id == record.record_id)
        .where(record.record_id.in_(sorted(changes)), may_be_shown(record.record_id, legal_date(work.now)))
    )
    newer = {
        row.record_id
        for row in await work.connection.execute(query)
        if row.withdrawn_on is None
        or row.withdrawn_on < changes[row.record_id].withdrawn_on
        or (row.withdrawn_on == changes[row.record_id].withdrawn_on and row.record_id in superseding)
    }
    await explain_withdrawals(work, newer, changes)


def _row(work: UnitOfWork, record_id: str, record: Record, statement: Statement) -> dict[str, Any]:
    return {
        "record_id": record_id,
        **asdict(statement),
        "name_key": name_key(record.subject.name),
        "subject_key": record.subject.key,
        "document_key": document_key(record.document_number),
        "stored_at": work.now,
    }
