"""What disclosure does when an event arrives. The consumer has opened the transaction and commits it."""

from collections.abc import Sequence
from typing import Any

from services.disclosure.campaign.subjects import remember_statuses
from services.disclosure.objections.hear import keep_marks, reclassify
from services.disclosure.publish import publish
from services.disclosure.resume import resume_display
from services.disclosure.rules import LawInForce
from services.disclosure.take_down import end_by_repair, withdraw
from shared.contracts.envelope import Event
from shared.contracts.events import (
    RecordAdmitted,
    RecordAmended,
    RecordVoided,
    RepairApproved,
    RepairRevoked,
    SubjectStatusChanged,
)
from shared.contracts.objections import ObjectionMarkChanged, ObjectionUpheld
from shared.messaging.unit_of_work import UnitOfWork
from shared.vocabulary import Remedy


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
        """`disclosure.repairs`: approved repairs, and those that false papers had obtained."""
        law = await self._law.current(work.connection)
        if approved := [event.data for event in events if isinstance(event.data, RepairApproved)]:
            await end_by_repair(work, approved, law)
        await resume_display(work, [event.data for event in events if isinstance(event.data, RepairRevoked)], law)

    async def objections(self, work: UnitOfWork, events: Sequence[Event[Any]]) -> None:
        """`disclosure.objections`: marks of objections, and those that were upheld against a class."""
        await keep_marks(work, [event.data for event in events if isinstance(event.data, ObjectionMarkChanged)])
        upheld = [event.data for event in events if isinstance(event.data, ObjectionUpheld)]
        ours = [one for one in upheld if one.remedy is Remedy.RECLASSIFY]
        if ours:
            law = await self._law.current(work.connection)
            for one in ours:  # each is a person's decision about one record and is answered by itself
                await reclassify(work, one, law)

    async def subjects(self, work: UnitOfWork, events: Sequence[Event[Any]]) -> None:
        """`disclosure.subjects`: what the business register says of a subject."""
        changed = [event.data for event in events if isinstance(event.data, SubjectStatusChanged)]
        await remember_statuses(work, changed)
