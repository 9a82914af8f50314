"""What held when an application was filed is asked again: the class at each review, the possibility at the approval.

Disclosure may have learned since that a graver class holds (R07); what was reached under an earlier version stays
reached there (R02). Never lowers what the filing asked for. Serves G10 and G14.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace

from sqlalchemy import select

from services.repair.applications.domain.case import Action, Case
from services.repair.applications.domain.rules import Generation, wants_two_people
from services.repair.applications.tables import application_record
from services.repair.eligibility.domain.verdict import Eligibility, Ground, judge_record, worst
from services.repair.eligibility.look import find_known
from services.repair.tables import shown_record
from shared.clock import legal_date
from shared.database.connection import AsyncConnection
from shared.database.types import AnyRow
from shared.errors import NOT_REPAIRABLE, OPEN_APPLICATION, Problem
from shared.messaging.unit_of_work import UnitOfWork
from shared.vocabulary import Severity

LOOKED_AT = frozenset({Action.FIRST_REVIEW, Action.SECOND_REVIEW, Action.APPROVE, Action.REFUSE})
"""Steps before which the class is asked again."""


async def as_of_today(connection: AsyncConnection, application_id: str, case: Case, generation: Generation) -> Case:
    """The case, with a second person where the class that the records have now wants one."""
    if case.two_people:
        return case
    joined = shown_record.join(application_record, application_record.c.record_id == shown_record.c.record_id)
    theirs = (application_record.c.application_id == application_id) & shown_record.c.online
    rows = (await connection.execute(select(shown_record).select_from(joined).where(theirs))).all()
    return replace(case, two_people=bool(rows) and wants_two_people(generation, class_of(rows)))


def class_of(rows: Sequence[AnyRow]) -> Severity | None:
    """The gravest class of what is shown; None, for the strictest procedure, as soon as one is not certain."""
    uncertain = any(row.severity is None or row.needs_confirmation for row in rows)
    return None if uncertain else worst(Severity(row.severity) for row in rows)


async def must_still_be_possible(work: UnitOfWork, record_ids: Collection[str]) -> None:
    """Raises the problem of the first record that may not be repaired today. What is shown no more hinders nothing."""
    today = legal_date(work.now)
    for record_id, known in (await find_known(work.connection, sorted(record_ids))).items():
        answer = judge_record(record_id, replace(known, has_open_application=False), today)
        if answer.reasons[0].ground is not Ground.NOT_SHOWN:
            must_be_possible(answer)


def must_be_possible(answer: Eligibility) -> None:
    """The first reason that stands against an application, with its article and the day from which it is possible."""
    if answer.eligible:
        return
    why = answer.reasons[0]
    if why.ground is Ground.UNDER_APPLICATION:
        raise Problem(OPEN_APPLICATION, why.sentence, record_id=answer.record_id)
    possible_from = answer.possible_from.isoformat() if answer.possible_from else None
    about = {"record_id": answer.record_id, "ground": why.ground, "article": why.article}
    raise Problem(NOT_REPAIRABLE, why.sentence, possible_from=possible_from, **about)
