"""The level-driven job of enforcement: whatever left the public unperformed by now has a task."""

from services.disclosure.performances.tasks import open_due
from services.disclosure.rules import LawInForce
from shared.clock import Clock
from shared.database.engine import Database
from shared.messaging.unit_of_work import unit_of_work
from shared.timers import Timer

_EVERY_SECONDS = 60.0
"""A look reads every penalty that is stated as unperformed and still shown; no term runs from the opening."""


def timers(database: Database, clock: Clock, law: LawInForce) -> list[Timer]:
    async def open_tasks() -> int:
        async with unit_of_work(database, clock) as work:
            return await open_due(work, await law.current(work.connection))

    return [Timer("disclosure.enforcement", _EVERY_SECONDS, open_tasks)]
