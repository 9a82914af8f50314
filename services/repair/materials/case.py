"""The application that papers are handed in for: whose it is, where it stands, and what its records are.

An applicant sees applications of the companies it speaks for, a bureau those of its authorities, and nobody any other.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select

from services.repair.applications.domain.case import UNDECIDED, ApplicationState
from services.repair.applications.tables import application, application_record
from services.repair.eligibility.domain.verdict import worst
from services.repair.materials.book import papers
from services.repair.materials.domain.checklist import Need, needs_of
from services.repair.materials.domain.papers import Generation
from services.repair.tables import shown_record
from shared.database.connection import AsyncConnection
from shared.database.types import AnyRow
from shared.errors import NOT_FOUND, Problem
from shared.vocabulary import Severity
from shared.web.caller import Caller


@dataclass(frozen=True)
class PaperCase:
    """One application, as far as its papers go. The rule in force on the day of filing says which it needs (R02)."""

    application_id: str
    state: ApplicationState
    generation: Generation
    records: Mapping[str, Severity | None]

    @property
    def is_undecided(self) -> bool:
        return self.state in UNDECIDED

    @property
    def needs(self) -> tuple[Need, ...]:
        return needs_of(self.generation, self.records)


async def lock_case(connection: AsyncConnection, application_id: str, caller: Caller) -> PaperCase:
    """The case, locked, so that what is counted about its papers stays true until the commit."""
    statement = select(application).where(application.c.application_id == application_id).with_for_update()
    return await _case(connection, (await connection.execute(statement)).one_or_none(), application_id, caller)


async def find_case(connection: AsyncConnection, application_id: str, caller: Caller | None = None) -> PaperCase:
    """The case, or the problem that there is none. People without companies in their token read every one."""
    statement = select(application).where(application.c.application_id == application_id)
    row = (await connection.execute(statement)).one_or_none()
    return await _case(connection, row, application_id, caller if caller and caller.subjects else None)


def is_own(row: AnyRow, caller: Caller) -> bool:
    """A matter of a company that the caller speaks for, or of an authority that it may write for."""
    return caller.speaks_for(row.subject_key) or caller.may_write_for(row.authority_code)


async def _case(
    connection: AsyncConnection, row: AnyRow | None, application_id: str, caller: Caller | None
) -> PaperCase:
    if row is None or (caller is not None and not is_own(row, caller)):
        raise Problem(NOT_FOUND, f"There is no application {application_id} of this client.")
    records = await _records(connection, application_id)
    return PaperCase(application_id, ApplicationState(row.state), papers().on(row.filed_on), records)


async def _records(connection: AsyncConnection, application_id: str) -> dict[str, Severity | None]:
    """Each record of the application with its gravest class, whoever shows it or did."""
    joined = application_record.outerjoin(shown_record, shown_record.c.record_id == application_record.c.record_id)
    statement = select(application_record.c.record_id, shown_record.c.severity).select_from(joined)
    rows = (await connection.execute(statement.where(application_record.c.application_id == application_id))).all()
    found: dict[str, list[Severity | None]] = {}
    for row in sorted(rows, key=lambda one: str(one.record_id)):
        found.setdefault(row.record_id, []).append(Severity(row.severity) if row.severity else None)
    return {record_id: worst(severities) for record_id, severities in found.items()}
