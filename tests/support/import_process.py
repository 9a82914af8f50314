"""Readers of imports that die by SIGKILL, one process after the other: `URL DATA_DIR ROWS N,N,…`.

The n-th process dies before its N-th statement or commit; the last one (0) reads to the end. Forked from this one, so
that no process needs a second to start. Prints the exit code of each.
"""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event, update

from services.ingest.imports.tables import import_job
from shared.clock import FrozenClock
from shared.database.engine import Database
from tests.support.imports import read_everything, reading_room
from tests.support.web import START


def die_before(statement_number: int) -> None:
    """Count what is sent to a database."""
    sent = 0

    def count(*_: Any) -> None:
        nonlocal sent
        sent += 1
        if sent == statement_number:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Engine, "before_cursor_execute", count)
    event.listen(Engine, "commit", count)


async def read(url: str, data_dir: str, slice_rows: str) -> None:
    database = Database(url, "ingest")
    try:
        async with database.writing() as connection:  # the dead one's lease ends by itself after a while
            await connection.execute(update(import_job).values(leased_until=None))
        await read_everything(reading_room(database, FrozenClock(START), Path(data_dir), slice_rows=int(slice_rows)))
    finally:
        await database.close()


def one_process(url: str, data_dir: str, slice_rows: str, statement_number: int) -> int:
    """The exit code of a process that reads until it ends or dies."""
    child = os.fork()
    if not child:
        die_before(statement_number)
        asyncio.run(read(url, data_dir, slice_rows))
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def main(url: str, data_dir: str, slice_rows: str, numbers: str) -> None:
    codes = [one_process(url, data_dir, slice_rows, int(number)) for number in numbers.split(",")]
    print(json.dumps(codes))


if __name__ == "__main__":
    main(*sys.argv[1:])
