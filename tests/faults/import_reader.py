"""A reader of imports in a process of its own, to be killed: `URL DATA_DIR`. Ends when no file waits."""

import asyncio
import sys
from pathlib import Path

from sqlalchemy import update

from services.ingest.imports.tables import import_job
from services.ingest.settings import IngestSettings
from shared.clock import SystemClock
from shared.database.engine import Database
from tests.support.imports import read_everything, reading_room


async def main(url: str, data_dir: str) -> None:
    database = Database(url, "ingest")
    try:
        async with database.writing() as connection:  # the lease of the dead one would end by itself in 90 seconds
            await connection.execute(update(import_job).values(leased_until=None))
        rows = IngestSettings(data_dir=Path(data_dir)).import_slice_rows
        await read_everything(reading_room(database, SystemClock(), Path(data_dir), slice_rows=rows))
    finally:
        await database.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
