"""What the commands of repair stand on: its database, the clock, the announced years, and who sits at the terminal.

Whoever may run a command on the tables of repair speaks for every authority; the second person is another account of
the machine. Imports what a command needs when it runs, so that help stays instant.
"""

import getpass
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from services.repair.settings import RepairSettings
    from shared.calendars.book import CalendarBook
    from shared.clock import Clock
    from shared.database.engine import Database
    from shared.web.caller import Caller


@dataclass(frozen=True)
class TerminalGround:
    """What a command stands on."""

    database: "Database"
    clock: "Clock"
    calendars: "CalendarBook"
    settings: "RepairSettings"

    @property
    def caller(self) -> "Caller":
        """The account of the machine, for every authority."""
        from shared.web.caller import EVERY_AUTHORITY, Caller

        return Caller(f"terminal:{getpass.getuser()}", frozenset(), frozenset({EVERY_AUTHORITY}))


def run_command(do: Callable[[TerminalGround], Awaitable[None]]) -> None:
    """Run a command on the tables of repair, which must be at their newest revision."""
    from shared.web.server import run

    async def main() -> None:
        async with _ground() as ground:
            await do(ground)

    run(main())


@asynccontextmanager
async def _ground() -> AsyncIterator[TerminalGround]:
    from services.repair.settings import RepairSettings
    from services.repair.tables import calendar_year
    from shared.calendars.book import CalendarBook
    from shared.database.engine import Database
    from shared.settings import load

    settings = load(RepairSettings)
    database = Database(settings.database_for("repair"), "repair")
    try:
        yield TerminalGround(database, settings.clock(), CalendarBook(calendar_year), settings)
    finally:
        await database.close()
