"""Read a decided application and make its letter: two queries, no words of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from services.repair.applications import store
from services.repair.applications.domain.case import Action, RecordOutcome
from services.repair.applications.domain.rules import procedure_rules
from services.repair.notices.domain.compose import (
    DECIDING,
    DecidedCase,
    DecidedRecord,
    NoNotice,
    chinese_day,
    compose,
    notice_words,
)
from services.repair.tables import shown_record
from shared.clock import legal_date
from shared.database.connection import AsyncConnection
from shared.database.types import AnyRow
from shared.errors import WRONG_STATE, Problem
from shared.letters import Letter
from shared.policy.wording import AUDIENCE


@dataclass(frozen=True)
class Called:
    """By what people know a record."""

    document: str
    subject: str | None
    authority: str | None


async def letter_of(connection: AsyncConnection, row: AnyRow) -> Letter:
    """The letter of an application as it was decided last, or the `Problem` that nothing was decided yet."""
    steps = await store.steps_of(connection, row.application_id)
    records = await store.records_of(connection, [row.application_id])
    called = await _called(connection, [one.record_id for one in records])
    decision = next((one for one in reversed(steps) if Action(one.action) in DECIDING), None)
    if decision is None:
        raise Problem(WRONG_STATE, "Nothing was decided yet that could be told.", state=row.state, possible=[])
    case = _case(row, decision, records, called)
    sites = [text["zh"] for text in AUDIENCE.values()]
    try:
        title, paragraphs = compose(case, notice_words(), sites, procedure_rules().way_to_object)
    except NoNotice as none:
        raise Problem(WRONG_STATE, str(none), state=row.state, possible=[]) from None
    authority = next((one.authority for one in called.values() if one.authority), row.authority_code)
    return Letter(title, paragraphs, authority, chinese_day(case.decided_on))


def _case(row: AnyRow, decision: AnyRow, records: Sequence[AnyRow], called: Mapping[str, Called]) -> DecidedCase:
    return DecidedCase(
        action=Action(decision.action),
        subject=next((one.subject for one in called.values() if one.subject), row.subject_key),
        code=row.uscc or row.subject_key,
        tracking_number=row.tracking_number,
        filed_on=row.filed_on,
        decided_on=legal_date(decision.taken_at),
        reason=decision.reason,
        records=[
            DecidedRecord(called[one.record_id].document, RecordOutcome(one.outcome), one.reason or "")
            for one in records
        ],
    )


async def _called(connection: AsyncConnection, record_ids: Sequence[str]) -> dict[str, Called]:
    """Names as disclosure told them; the identifier of a record that was told of before names were."""
    columns = shown_record.c
    statement = select(columns.record_id, columns.document_number, columns.subject_name, columns.authority_name)
    found: dict[str, Any] = {}
    for row in await connection.execute(statement.where(columns.record_id.in_(record_ids))):
        if row.document_number or row.record_id not in found:
            found[row.record_id] = Called(row.document_number or row.record_id, row.subject_name, row.authority_name)
    return {one: found.get(one, Called(one, None, None)) for one in record_ids}
