"""Queries about the notices of disclosure, which alone numbers them, and about due dates that are noted apart."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Select, bindparam, select, text, update

from services.disclosure.tables import publication
from shared.calendars.dues import Due
from shared.messaging.unit_of_work import UnitOfWork

_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('disclosure calendar', 0))")


async def lock(work: UnitOfWork) -> None:
    """Two notices at once queue up, so that the higher number is also the later one."""
    if work.dialect == "postgresql":
        await work.connection.execute(_LOCK)


def all_provisional() -> Select[Any]:
    """Publications whose due date reaches into a year that is not announced, to be counted: identifiers."""
    return select(publication.c.record_id).where(text("due_provisional"))


async def note_due(work: UnitOfWork, dues: Sequence[tuple[str, str, Due]]) -> None:
    """Keep by when these take-downs must be carried out, each by record and audience."""
    if not dues:
        return
    columns = publication.c
    statement = (
        update(publication)
        .where(columns.record_id == bindparam("of_record"), columns.audience == bindparam("of_audience"))
        .values(
            due_at=bindparam("at"),
            due_deadline=bindparam("deadline"),
            due_from=bindparam("counted_from"),
            due_provisional=bindparam("provisional"),
        )
    )
    rows = [{"of_record": record_id, "of_audience": audience, **asdict(due)} for record_id, audience, due in dues]
    await work.connection.execute(statement, rows)
