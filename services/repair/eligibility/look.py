"""Answers for many records at once, by two queries whatever their number: what disclosure told, what was applied for.

Whose record it is decides before anything else: what is neither the subject's nor an authority's that the caller may
write for is answered as unknown (guarantee G15).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import Integer, Select, func, or_, select

from services.repair.applications.domain.rules import procedure_rules
from services.repair.applications.tables import application_record
from services.repair.eligibility.domain.verdict import (
    Eligibility,
    Known,
    ListEntry,
    Shown,
    judge_entry,
    judge_record,
    unknown,
)
from services.repair.eligibility.tables import listed_entry
from services.repair.tables import shown_record
from shared.database.connection import AsyncConnection
from shared.database.types import AnyRow
from shared.vocabulary import Audience, Severity
from shared.web.caller import Caller


@dataclass(frozen=True)
class Asker:
    """Who asks: the client, and the one subject for which it asks, if it names one."""

    caller: Caller
    subject_key: str | None = None

    def may_know(self, known: Known | ListEntry) -> bool:
        if self.subject_key is not None and known.subject_key != self.subject_key:
            return False
        own = known.authority_code is not None and self.caller.may_write_for(known.authority_code)
        return own or self.caller.speaks_for(known.subject_key or "")


async def look(connection: AsyncConnection, record_ids: Sequence[str], asker: Asker, today: date) -> list[Eligibility]:
    """One answer for each record, in the order in which they were asked for."""
    known = await find_known(connection, record_ids)
    return [_answer(one, known.get(one), asker, today) for one in record_ids]


async def look_at_entries(
    connection: AsyncConnection, entry_ids: Sequence[str], asker: Asker, today: date
) -> list[Eligibility]:
    """The same for entries of the serious list, by one query."""
    columns = [column for column in listed_entry.columns if column.name not in ("entry_id", "generation")]
    statement = select(listed_entry.c.entry_id, *columns).where(listed_entry.c.entry_id.in_(entry_ids))
    rows = (await connection.execute(statement)).all()
    known = {row.entry_id: ListEntry(*row[1:]) for row in rows}
    return [judge_entry(one, _if_known(known.get(one), asker), today) for one in entry_ids]


def _if_known(entry: ListEntry | None, asker: Asker) -> ListEntry | None:
    return entry if entry is not None and asker.may_know(entry) else None


async def find_known(connection: AsyncConnection, record_ids: Sequence[str]) -> Mapping[str, Known]:
    """What is known of these records; those that disclosure never told of are missing."""
    by_record: dict[str, list[AnyRow]] = defaultdict(list)
    for row in (await connection.execute(_shown(record_ids))).all():
        by_record[row.record_id].append(row)
    known = {record_id: _known(rows) for record_id, rows in by_record.items()}
    for row in (await connection.execute(_applied(record_ids))).all():
        if row.record_id in known:
            known[row.record_id] = replace(
                known[row.record_id],
                has_open_application=bool(row.is_open),
                barred_until=row.barred_until,
                bar_article=procedure_rules().bar_citation if row.barred_until else None,
            )
    return known


def _answer(record_id: str, known: Known | None, asker: Asker, today: date) -> Eligibility:
    if known is None or not asker.may_know(known):
        return unknown(record_id)
    return judge_record(record_id, known, today)


def _known(rows: Sequence[AnyRow]) -> Known:
    return Known(
        subject_key=next((row.subject_key for row in rows if row.subject_key), None),
        authority_code=next((row.authority_code for row in rows if row.authority_code), None),
        shown=tuple(
            Shown(
                Audience(row.audience),
                row.repair_from_on,
                row.repair_article or row.article,
                Severity(row.severity) if row.severity else None,
                bool(row.needs_confirmation),
                row.confirmed_repair_from_on,
            )
            for row in rows
            if row.online
        ),
    )


def _shown(record_ids: Sequence[str]) -> Select[*tuple[Any, ...]]:
    statement = select(shown_record).where(shown_record.c.record_id.in_(record_ids))
    return statement.order_by(shown_record.c.record_id, shown_record.c.audience)


def _applied(record_ids: Sequence[str]) -> Select[*tuple[Any, ...]]:
    """One row for each record that was ever applied for and that something still stands against."""
    columns = application_record.c
    is_open = func.max(columns.is_open.cast(Integer)).label("is_open")
    statement = select(columns.record_id, is_open, func.max(columns.barred_until).label("barred_until"))
    standing = or_(columns.is_open, columns.barred_until.is_not(None))
    return statement.where(columns.record_id.in_(record_ids), standing).group_by(columns.record_id)
