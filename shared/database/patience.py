"""A statement that waits only so long for rows which somebody else holds, and is undone alone when that was in vain."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Executable, text
from sqlalchemy.exc import DBAPIError

from shared.database.connection import AsyncConnection
from shared.database.types import AnyRow

_LOCK_NOT_AVAILABLE = "55P03"
_PATIENCE = text("SELECT set_config('lock_timeout', :patience, true)")


async def unless_held(
    connection: AsyncConnection, statement: Executable, values: Mapping[str, Any], patience_ms: int
) -> Sequence[AnyRow] | None:
    """What the statement found, or nothing when it would have waited longer for one row; then it has changed nothing.

    PostgreSQL only. The patience holds for what the transaction does afterwards, too.
    """
    savepoint = await connection.begin_nested()
    await connection.execute(_PATIENCE, {"patience": f"{patience_ms}ms"})
    try:
        found = (await connection.execute(statement, values)).all()
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != _LOCK_NOT_AVAILABLE:
            raise
        await savepoint.rollback()
        return None
    await savepoint.commit()
    return found
