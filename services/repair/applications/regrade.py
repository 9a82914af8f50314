"""分级调整: the day after an approval the grade of the company is looked at anew; a clerk keeps what came of it."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select, update

from services.repair.applications.tables import application, regrading
from shared.clock import legal_date
from shared.database.connection import AsyncConnection
from shared.database.types import AnyRow
from shared.errors import NOT_FOUND, WRONG_STATE, Problem
from shared.evidence.actions import Action
from shared.evidence.entry import Act
from shared.identifiers import mask_free_text
from shared.messaging.unit_of_work import UnitOfWork
from shared.web.caller import Caller


async def note_regraded(work: UnitOfWork, application_id: str, note: str, caller: Caller) -> None:
    """Raises `Problem` when nothing is due for this application, not yet, or not any more."""
    row = await _lock(work, application_id)
    if row is None:
        raise Problem(NOT_FOUND, f"No grade is to be looked at for the application {application_id[:64]}.")
    caller.must_write_for(row.authority_code)
    if row.done_at is not None or legal_date(work.now) < row.due_on:
        why = "was done already" if row.done_at else f"is due on {row.due_on}"
        raise Problem(WRONG_STATE, f"The re-grading {why}.", state="done" if row.done_at else "waiting", possible=[])
    done = {"done_at": work.now, "done_by": caller.client_id, "note": mask_free_text(note)}
    which = regrading.c.application_id == application_id
    await work.connection.execute(update(regrading).where(which).values(**done))
    work.audit(Act(Action.REGRADING_DONE, caller.client_id, application_id, reason=note))


async def _lock(work: UnitOfWork, application_id: str) -> AnyRow | None:
    """What is to be looked at, with the authority that decided."""
    found = (
        select(regrading, application.c.authority_code)
        .join(application, application.c.application_id == regrading.c.application_id)
        .where(regrading.c.application_id == application_id)
        .with_for_update(of=regrading)
    )
    return (await work.connection.execute(found)).one_or_none()


async def read_due(connection: AsyncConnection, today: date, after: str | None, limit: int) -> Sequence[AnyRow]:
    """What is due today or earlier and not done."""
    columns = regrading.c
    statement = select(regrading).where(columns.done_at.is_(None), columns.due_on <= today)
    if after is not None:
        statement = statement.where(columns.application_id > after)
    return (await connection.execute(statement.order_by(columns.application_id).limit(limit))).all()
