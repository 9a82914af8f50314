"""What the anchors' applications share: SQLite set up as carefully as creditsync sets it up, so that ratios compare
programs and not pragmas."""

from typing import Any

from sqlalchemy import Engine, event

_PRAGMAS = ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=60000")


def careful_sqlite(engine: Engine) -> None:
    """Write-ahead log, and patience with other writers. Does nothing on PostgreSQL."""
    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        for pragma in _PRAGMAS:
            cursor = connection.cursor()
            cursor.execute(f"PRAGMA {pragma}")
            cursor.close()
