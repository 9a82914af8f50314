"""What sync does when an event arrives. The consumer has opened the transaction and commits it."""

from collections.abc import Sequence
from typing import Any

from services.sync.order import Adapters, want_offline, want_online
from shared.contracts.envelope import Event
from shared.messaging.unit_of_work import UnitOfWork


class Handlers:
    """One method a queue of `shared.messaging.topology`."""

    def __init__(self, adapters: Adapters) -> None:
        self._adapters = adapters

    async def publications(self, work: UnitOfWork, events: Sequence[Event[Any]]) -> None:
        """`sync.publications`: publication.online."""
        await want_online(work, [event.data for event in events], self._adapters)

    async def take_downs(self, work: UnitOfWork, events: Sequence[Event[Any]]) -> None:
        """`sync.take_downs`: publication.offline, on a queue of its own so that it never waits behind publications."""
        await want_offline(work, [event.data for event in events])
