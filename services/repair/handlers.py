"""What repair does when an event arrives. The consumer has opened the transaction and commits it."""

from collections.abc import Sequence
from typing import Any

from services.repair import store
from services.repair.close import close_finished
from services.repair.tables import calendar_year
from shared.calendars.hear import hear_years
from shared.contracts.envelope import Event
from shared.contracts.events import AbsenceObserved, PublicationOffline, PublicationOnline
from shared.messaging.unit_of_work import UnitOfWork


async def publications(work: UnitOfWork, events: Sequence[Event[Any]]) -> None:
    """`repair.publications`: what is shown, and from when repair is possible."""
    rows = [_shown(event.data) for event in events]
    await store.note_shown(work, sorted(rows, key=lambda row: (row["record_id"], row["audience"], row["generation"])))
    await close_finished(work, {str(row["record_id"]) for row in rows if not row["online"]})


async def observations(work: UnitOfWork, events: Sequence[Event[Any]]) -> None:
    """`repair.observations`: a portal no longer shows a record."""
    seen: list[AbsenceObserved] = [event.data for event in events]
    rows = [one.model_dump() for one in sorted(seen, key=lambda one: (one.record_id, one.portal, one.generation))]
    await store.note_absences(work, rows)
    await close_finished(work, {one.record_id for one in seen})


async def calendar(work: UnitOfWork, events: Sequence[Event[Any]]) -> None:
    """`repair.calendar`: years whose holidays were announced."""
    await hear_years(work, calendar_year, [event.data for event in events])


def _shown(told: PublicationOnline | PublicationOffline) -> dict[str, Any]:
    online = isinstance(told, PublicationOnline)
    return {
        "record_id": told.record_id,
        "audience": told.audience,
        "generation": told.generation,
        "online": online,
        "repair_from_on": told.repair_from_on if isinstance(told, PublicationOnline) else None,
        "authority_code": told.record.issuing_authority.code if isinstance(told, PublicationOnline) else None,
    }
