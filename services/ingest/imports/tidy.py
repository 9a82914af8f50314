"""Gives up uploads that nobody goes on with, and removes each file from the spool once its last row has its verdict.

No file is kept after that, because its cells lie there as they came, not sealed (G12). It goes by what lies on the
disk, so that a crash between the last row and the removal leaves nothing behind.
"""

from dataclasses import dataclass
from datetime import timedelta

import structlog

from services.ingest.imports import store
from services.ingest.imports.spool import Spool
from services.ingest.metrics import IMPORT_AGE, IMPORTS_WAITING
from shared.clock import Clock, wall_time
from shared.database.engine import Database
from shared.messaging.unit_of_work import unit_of_work

log = structlog.get_logger()

_AT_ONCE = 500
_UNKNOWN_FOR = timedelta(days=1)
"""A file that no import knows may be on its way into the table, or be a workbook that is being sent."""


@dataclass(frozen=True)
class Tidier:
    """`patience` is how long an upload may stand still."""

    database: Database
    clock: Clock
    spool: Spool
    patience: timedelta

    async def tidy(self) -> int:
        await self._give_up_uploads()
        await self._remove_files()
        return 0

    async def tell(self) -> int:
        """Publish how much waits, and for how long nothing moved."""
        async with self.database.reading() as connection:
            number, oldest = await store.waiting(connection)
        IMPORTS_WAITING.set(number)
        IMPORT_AGE.set((wall_time() - oldest).total_seconds() if oldest else 0)
        return 0

    async def _give_up_uploads(self) -> None:
        async with unit_of_work(self.database, self.clock) as work:
            given_up = await store.give_up_uploads(work, wall_time() - self.patience)
        if given_up:
            log.info("uploads_given_up", count=given_up)

    async def _remove_files(self) -> None:
        names = self.spool.identifiers()
        for at in range(0, len(names), _AT_ONCE):
            chunk = names[at : at + _AT_ONCE]
            async with self.database.reading() as connection:
                ended = await store.finished_at(connection, chunk)
            for name in chunk:
                if self._is_over(name, ended):
                    self.spool.remove(name)

    def _is_over(self, name: str, ended: store.Ends) -> bool:
        if name not in ended:
            return self.spool.age(name) > _UNKNOWN_FOR
        return ended[name] is not None
