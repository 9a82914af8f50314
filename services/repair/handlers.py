"""What repair does when an event arrives. The consumer has opened the transaction and commits it."""

from collections.abc import Sequence
from typing import Any

from services.repair import store
from services.repair.applications.close import close_finished
from services.repair.eligibility.hear import hear_entries
from services.repair.measures.end import end_with_display
from services.repair.objections.hear import hear_answers
from services.repair.reminders.take import take
from services.repair.tables import calendar_year
from shared.calendars.hear import hear_years
from shared.contracts.envelope import Event
from shared.contracts.events import (
    AbsenceObserved,
    PresenceObserved,
    PublicationOffline,
    PublicationOnline,
    PublicationRetold,
)
from shared.messaging.unit_of_work import UnitOfWork


async def publications(work: UnitOfWork, events: Sequence[Event[Any]]) -> None:
    """`repair.publications`: what is shown, and from when repair is possible."""
    told: list[PublicationOnline | PublicationOffline | PublicationRetold] = [event.data for event in events]
    ordered = sorted(told, key=lambda one: (one.record_id, one.audience, one.generation))
    await store.note_shown(work, [_online(one) for one in ordered if isinstance(one, PublicationOnline)])
    await store.fill_shown(work, [_online(one) for one in ordered if isinstance(one, PublicationRetold)])
    gone = [one for one in ordered if isinstance(one, PublicationOffline)]
    await store.note_gone(work, [_offline(one) for one in gone])
    await end_with_display(work, gone)
    await close_finished(work, {one.record_id for one in gone})


async def observations(work: UnitOfWork, events: Sequence[Event[Any]]) -> None:
    """`repair.observations`: a portal no longer shows a record, or shows it still."""
    told: list[AbsenceObserved | PresenceObserved] = [event.data for event in events]
    ordered = sorted(told, key=lambda one: (one.record_id, one.portal, one.generation, one.observed_at))
    await store.note_presences(work, [one.model_dump() for one in ordered if isinstance(one, PresenceObserved)])
    gone = [one for one in ordered if isinstance(one, AbsenceObserved)]
    await store.note_absences(work, [one.model_dump() for one in gone])
    await close_finished(work, {one.record_id for one in gone})


async def list_entries(work: UnitOfWork, events: Sequence[Event[Any]]) -> None:
    """`repair.list_entries`: who is on the serious list, and from when an early removal is possible."""
    await hear_entries(work, [event.data for event in events])


async def calendar(work: UnitOfWork, events: Sequence[Event[Any]]) -> None:
    """`repair.calendar`: years whose holidays were announced."""
    await hear_years(work, calendar_year, [event.data for event in events])


async def remedies(work: UnitOfWork, events: Sequence[Event[Any]]) -> None:
    """`repair.remedies`: what became of the remedies of upheld objections."""
    await hear_answers(work, [event.data for event in events])


async def reminders(work: UnitOfWork, events: Sequence[Event[Any]]) -> None:
    """`repair.reminders`: repair of these records has become possible."""
    await take(work, [event.data for event in events])


def _online(told: PublicationOnline | PublicationRetold) -> dict[str, Any]:
    return {
        "record_id": told.record_id,
        "audience": told.audience,
        "generation": told.generation,
        "online": True,
        "repair_from_on": told.repair_from_on,
        "authority_code": told.record.issuing_authority.code,
        "region": told.record.region,
        "uscc": told.record.subject.uscc,
        "subject_key": told.record.subject.key,
        "decided_on": told.record.decided_on,
        "closes_on": told.closes_on,
        "severity": told.severity,
        "rule_id": told.rule_id,
        "article": told.article,
        "repair_rule_id": told.repair_rule_id,
        "repair_article": told.repair_article,
        "document_number": told.record.document_number,
        "subject_name": told.record.subject.name,
        "authority_name": told.record.issuing_authority.name,
        "needs_confirmation": told.needs_confirmation,
        "confirmed_repair_from_on": told.confirmed_repair_from_on,
    }


def _offline(told: PublicationOffline) -> dict[str, Any]:
    return {"record_id": told.record_id, "audience": told.audience, "generation": told.generation, "online": False}
