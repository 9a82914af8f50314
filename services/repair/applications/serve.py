"""Serve the result on the applicant (送达): by which way, on which day; a case that has taken effect closes with it.

A revocation is a result of its own and is served once more.
"""

from enum import StrEnum

from services.repair.applications import store
from services.repair.applications.close import close_finished
from services.repair.applications.domain.case import Action, ApplicationState
from services.repair.applications.step import Asked, take_step
from shared.messaging.unit_of_work import UnitOfWork
from shared.web.caller import Caller
from shared.workdays import WorkCalendar


class Way(StrEnum):
    """How the result reached the applicant."""

    ONLINE = "online"  # 网上送达
    IN_PERSON = "in_person"  # 直接送达
    BY_POST = "by_post"  # 邮寄送达


async def serve(
    work: UnitOfWork, application_id: str, version: int, reason: str, way: Way, caller: Caller, calendar: WorkCalendar
) -> ApplicationState:
    """The new state, or a `Problem`; then nothing changed."""
    asked = Asked(Action.SERVE, version, reason, {"way": way.value})
    stepped = await take_step(work, application_id, asked, caller, calendar)
    records = await store.records_of(work.connection, [application_id])
    closed = await close_finished(work, store.approved_records(records))
    return ApplicationState.CLOSED if application_id in closed else stepped.case.state
