"""What the commands of disclosure stand on: its database, the clock, the law in force, and who sits at the terminal.

Imports what a command needs when it runs, so that help stays instant.
"""

import getpass
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from services.disclosure.policy.book import LawBook
    from services.disclosure.settings import DisclosureSettings
    from shared.clock import Clock
    from shared.database.engine import Database
    from shared.web.caller import Caller


@dataclass(frozen=True)
class TerminalGround:
    """What a command stands on."""

    database: "Database"
    clock: "Clock"
    book: "LawBook"
    settings: "DisclosureSettings"

    @property
    def person(self) -> str:
        return f"terminal:{getpass.getuser()}"

    @property
    def caller(self) -> "Caller":
        """Whoever sits at the machine speaks for every authority, as with all commands."""
        from shared.web.caller import EVERY_AUTHORITY, Caller

        return Caller(self.person, frozenset(), frozenset({EVERY_AUTHORITY}))


def run_command(do: Callable[[TerminalGround], Awaitable[None]]) -> None:
    """Run a command on the tables of disclosure, which must be at their newest revision."""
    from shared.observability.logging import configure_for_a_command
    from shared.web.server import run

    configure_for_a_command()

    async def main() -> None:
        async with _ground() as ground:
            await do(ground)

    run(main())


@asynccontextmanager
async def _ground() -> AsyncIterator[TerminalGround]:
    from services.disclosure.policy.book import LawBook
    from services.disclosure.rule_files import FILES
    from services.disclosure.settings import DisclosureSettings
    from shared.clock import legal_date
    from shared.database.engine import Database
    from shared.rule_folder import take_rules
    from shared.settings import load

    settings = load(DisclosureSettings)
    take_rules(settings.rules_dir, FILES, legal_date(settings.clock().now()))
    database = Database(settings.database_for("disclosure"), "disclosure")
    try:
        yield TerminalGround(database, settings.clock(), LawBook(settings.approval_required_regions), settings)
    finally:
        await database.close()
