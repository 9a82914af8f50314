"""What disclosure does when an event arrives. The consumer has opened the transaction and commits it."""

from collections.abc import Sequence
from typing import Any

from services.disclosure.publish import publish
from services.disclosure.rules import Law
from services.disclosure.take_down import end_by_repair, withdraw
from shared.contracts.envelope import Event
from shared.contracts.events import RecordAdmitted, RecordAmended, RecordVoided, RepairApproved
from shared.messaging.unit_of_work import UnitOfWork


class Handlers:
    """One method a queue of `shared.messaging.topology`."""

    def __init__(self, law: Law) -> None:
        self._law = law

    async def records(self, work: UnitOfWork, events: Sequence[Event[Any]]) -> None:
        """`disclosure.records`: records admitted, amended or voided."""
        told = [event.data for event in events if isinstance(event.data, RecordAdmitted | RecordAmended)]
        voided = [event.data for event in events if isinstance(event.data, RecordVoided)]
        if told:
            await publish(work, told, self._law)
        if voided:
            await withdraw(work, voided, self._law)

    async def repairs(self, work: UnitOfWork, events: Sequence[Event[Any]]) -> None:
        """`disclosure.repairs`: approved repairs."""
        approved = [event.data for event in events if isinstance(event.data, RepairApproved)]
        await end_by_repair(work, approved, self._law)
