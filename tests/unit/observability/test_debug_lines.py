"""Debug lines of database libraries quote the values of statements; ours never let them through (G12)."""

import io
import logging
from pathlib import Path

from sqlalchemy import text

from shared.database.engine import Database
from shared.observability.logging import configure

SECRET = "样例某某"  # a name: numbers of citizens would be masked by the log's own redaction, and prove nothing here


async def test_no_log_level_lets_the_values_of_a_statement_through(tmp_path: Path) -> None:
    lines = io.StringIO()
    before = logging.getLogger().handlers[:]
    configure("json", "debug", lines)
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/x.db", "x")
    try:
        async with database.reading() as connection:
            await connection.execute(text("SELECT :secret"), {"secret": SECRET})
    finally:
        await database.close()
        configure("json", "info")
        logging.getLogger().handlers = before

    assert SECRET not in lines.getvalue()
