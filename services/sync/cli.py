"""What the commands of sync stand on: the service's own database, its clock and keys, and who sits at the terminal.

The commands lie in `cli.py` of each part. Imports what a command needs when it runs, so that help stays instant.
"""

import getpass
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from services.sync.settings import SyncSettings
    from shared.clock import Clock
    from shared.database.engine import Database
    from shared.sealing import Sealer

_VERSIONS = Path(__file__).parent / "migrations" / "versions"


@dataclass(frozen=True)
class Ground:
    """What a command stands on."""

    database: "Database"
    clock: "Clock"
    sealer: "Sealer"
    settings: "SyncSettings"

    @property
    def person(self) -> str:
        return f"terminal:{getpass.getuser()}"


def run_command(do: Callable[[Ground], Awaitable[None]]) -> None:
    """Run a command on the tables of sync, which must be at their newest revision."""
    from shared.observability.logging import configure_for_a_command
    from shared.web.server import run

    configure_for_a_command()

    async def main() -> None:
        async with _ground() as ground:
            await do(ground)

    run(main())


@asynccontextmanager
async def _ground() -> AsyncIterator[Ground]:
    from services.sync.settings import SyncSettings
    from shared.clock import legal_date
    from shared.database.engine import Database
    from shared.database.migrate import on_tables_of
    from shared.rule_folder import take_rules
    from shared.sealing import Sealer
    from shared.settings import load

    settings = load(SyncSettings)
    take_rules(settings.rules_dir, (), legal_date(settings.clock().now()))
    database = Database(settings.database_for("sync"), "sync")
    try:
        async with on_tables_of(database, _VERSIONS):
            yield Ground(database, settings.clock(), Sealer(*settings.person_keys()), settings)
    finally:
        await database.close()
