"""What disclosure does when an event arrives. The consumer has opened the transaction and commits it."""

from collections.abc import Sequence
from typing import Any

from services.disclosure.campaign.subjects import remember_statuses
from services.disclosure.publish import publish
from services.disclosure.rules import LawInForce
from services.disclosure.take_down import end_by_repair, withdraw
from shared.contracts.envelope import Event
from shared.contracts.events import RecordAdmitted, RecordAmended, RecordVoided, RepairApproved, SubjectStatusChanged
from shared.messaging.unit_of_work import UnitOfWork


class Handlers:
    """One method a queue of `shared.messaging.topology`."""

    def __init__(self, law: LawInForce) -> None:
        self._law = law

    async def records(self, work: UnitOfWork, events: Sequence[Event[Any]]) -> None:
        """`disclosure.records`: records admitted, amended or voided."""
        told = [event.data for event in events if isinstance(event.data, RecordAdmitted | RecordAmended)]
        voided = [event.data for event in events if isinstance(event.data, RecordVoided)]
        law = await self._law.current(work.connection)
        if told:
            await publish(work, told, law)
        if voided:
            await withdraw(work, voided, law)

    async def repairs(self, work: UnitOfWork, events: Sequence[Event[Any]]) -> None:
        """`disclosure.repairs`: approved repairs."""
        approved = [event.data for event in events if isinstance(event.data, RepairApproved)]
        await end_by_repair(work, approved, await self._law.current(work.connection))

    async def subjects(self, work: UnitOfWork, events: Sequence[Event[Any]]) -> None:
        """`disclosure.subjects`: what the business register says of a subject."""
        changed = [event.data for event in events if isinstance(event.data, SubjectStatusChanged)]
        await remember_statuses(work, changed)
