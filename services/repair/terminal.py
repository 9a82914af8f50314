"""What the commands of repair stand on: its database, the clock, the announced years, and who sits at the terminal.

Whoever may run a command on the tables of repair speaks for every authority; the second person is another account of
the machine. Imports what a command needs when it runs, so that help stays instant.
"""

import getpass
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from services.repair.settings import RepairSettings
    from shared.calendars.book import CalendarBook
    from shared.clock import Clock
    from shared.database.engine import Database
    from shared.messaging.unit_of_work import UnitOfWork
    from shared.web.caller import Caller

Word = TypeVar("Word", bound=StrEnum)
_MOST_SIGNS = 2000


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
    from shared.observability.logging import configure_for_a_command
    from shared.web.server import run

    configure_for_a_command()

    async def main() -> None:
        async with _ground() as ground:
            await do(ground)

    run(main())


def run_change(change: Callable[[TerminalGround, "UnitOfWork"], Awaitable[str]]) -> None:
    """Run one change in one transaction, and say its line once it is stored."""
    import typer

    async def do(ground: TerminalGround) -> None:
        from shared.messaging.unit_of_work import unit_of_work

        async with unit_of_work(ground.database, ground.clock) as work:
            line = await change(ground, work)
        typer.echo(line)

    run_command(do)


def readable(text: str, what: str = "A reason", most: int = _MOST_SIGNS) -> str:
    """The same rule as over HTTP: a text that a reader can see."""
    from shared.errors import MALFORMED, Problem
    from shared.identifiers import strip_control

    visible = strip_control(text).strip()
    if not visible or len(visible) > most:
        raise Problem(MALFORMED, f"{what} of 1 to {most} signs is needed.")
    return visible


def one_of(words: type[Word], text: str, what: str) -> Word:
    """A word of an enumeration, or the problem that lists them."""
    from shared.errors import MALFORMED, Problem

    try:
        return words(text)
    except ValueError:
        raise Problem(MALFORMED, f"There is no {what} {text[:40]}: {', '.join(words)}.") from None


@asynccontextmanager
async def _ground() -> AsyncIterator[TerminalGround]:
    from services.repair.rule_files import FILES
    from services.repair.settings import RepairSettings
    from services.repair.tables import calendar_year
    from shared.calendars.book import CalendarBook
    from shared.clock import legal_date
    from shared.database.engine import Database
    from shared.rule_folder import take_rules
    from shared.settings import load

    settings = load(RepairSettings)
    take_rules(settings.rules_dir, FILES, legal_date(settings.clock().now()))
    database = Database(settings.database_for("repair"), "repair")
    try:
        yield TerminalGround(database, settings.clock(), CalendarBook(calendar_year), settings)
    finally:
        await database.close()
