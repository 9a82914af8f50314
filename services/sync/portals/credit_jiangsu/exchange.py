"""Our side of the exchange database: write rows while its door is open, read the feedback.

A row that was committed is an order given, not an order obeyed (guarantee G05).
"""

from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import Table, bindparam, insert, select
from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError

from services.sync.portals.base import PortalUnavailable
from services.sync.portals.credit_jiangsu.exchange_tables import OPEN, SCHEMA, feedback, metadata, state
from services.sync.portals.credit_jiangsu.feedback import UNREADABLE, Feedback, read_feedback
from services.sync.portals.credit_jiangsu.limits import KEYS_A_QUERY, RETRY_WHILE_CLOSED
from shared.database.connection import AsyncConnection
from shared.database.engine import Database
from shared.errors import Unavailable

_feedback_columns = select(feedback.c.ywlsh, feedback.c.jg, feedback.c.dm, feedback.c.xx)
_feedback_of = _feedback_columns.where(feedback.c.ywlsh.in_(bindparam("serials", expanding=True)))


class CommitInDoubt(Exception):
    """The connection broke while the rows were being committed."""


class ExchangeDatabase:
    """The exchange tables, by the address that the platform gave us."""

    def __init__(self, url: str, database: Callable[[str, str], Database] = Database) -> None:
        self._database = database(url, SCHEMA)

    async def close(self) -> None:
        await self._database.close()

    async def put(self, rows: Mapping[Table, Sequence[Mapping[str, object]]]) -> None:
        """All rows or none."""
        committing = False
        try:
            async with self._database.writing() as connection:
                await _require_open(connection)
                for table, of_table in rows.items():
                    await connection.execute(insert(table), list(of_table))
                committing = True
        except Unavailable as error:
            if committing:
                raise CommitInDoubt(str(error)) from error
            raise _unavailable(error) from error
        except (ProgrammingError, OperationalError) as error:
            raise PortalUnavailable(f"the exchange tables are not as expected: {error.orig}") from error

    async def departures(self) -> list[str]:
        """The tables of ours and of theirs that lack a column, or are gone."""
        found: list[str] = []
        for table in metadata.sorted_tables:
            try:
                async with self._database.reading() as connection:
                    await connection.execute(select(table).limit(0))
            except (ProgrammingError, OperationalError) as error:
                found.append(f"exchange table {table.name}: {str(error.orig).splitlines()[0][:120]}")
        return found

    async def feedback(self, serials: Sequence[str]) -> dict[str, Feedback]:
        """What has arrived for these serial numbers; a row that cannot be read is told as such."""
        found: dict[str, Feedback] = {}
        for start in range(0, len(serials), KEYS_A_QUERY):
            found |= await self._feedback_of(serials[start : start + KEYS_A_QUERY])
        return found

    async def _feedback_of(self, serials: Sequence[str]) -> Mapping[str, Feedback]:
        """Halved until the row that cannot be read stands alone."""
        try:
            async with self._database.reading() as connection:
                rows = (await connection.execute(_feedback_of, {"serials": list(serials)})).all()
            return read_feedback(tuple(row) for row in rows)
        except Unavailable as error:
            raise _unavailable(error) from error
        except (DBAPIError, UnicodeDecodeError) as error:
            await self._require_feedback(error)
        if len(serials) == 1:
            return {serials[0]: Feedback(False, None, "the feedback cannot be read", UNREADABLE)}
        middle = len(serials) // 2
        first = await self._feedback_of(serials[:middle])
        return {**first, **await self._feedback_of(serials[middle:])}

    async def _require_feedback(self, cause: Exception) -> None:
        """Raises `PortalUnavailable` when it is the table that is at fault, and no row of it."""
        try:
            async with self._database.reading() as connection:
                await connection.execute(_feedback_columns.limit(0))
        except (Unavailable, DBAPIError) as error:
            raise _unavailable(error) from cause


async def _require_open(connection: AsyncConnection) -> None:
    door = await connection.scalar(select(state.c.zt))
    if door != OPEN:
        raise PortalUnavailable(f"the exchange database says {door}", RETRY_WHILE_CLOSED)


def _unavailable(error: Exception) -> PortalUnavailable:
    return error if isinstance(error, PortalUnavailable) else PortalUnavailable(str(error))
