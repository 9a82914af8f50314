"""Brings the tables of one service to the newest revision.

One Alembic environment serves all services; each has its own `versions` folder and its own version table. On
PostgreSQL the schema is made first and an advisory lock keeps two starting processes apart.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from asyncpg import PostgresError
from sqlalchemy import MetaData, make_url, text
from sqlalchemy.exc import DBAPIError

from shared.database.engine import Database
from shared.database.mechanics import metadata as mechanics
from shared.database.outages import is_unavailable
from shared.errors import StartRefused, Unavailable

if TYPE_CHECKING:  # 8 MB that a process which serves does not need: it only asks whether the tables are new enough
    from alembic.config import Config

_ENVIRONMENT = Path(__file__).parent / "migrations"


def _scripts(versions: Path) -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_ENVIRONMENT))
    config.set_main_option("version_locations", str(versions))
    config.set_main_option("path_separator", "newline")
    return config


def _config(url: str, schema: str, versions: Path, tables: MetaData) -> "Config":
    config = _scripts(versions)
    config.attributes.update(url=url, schema=schema, metadata=[tables, mechanics])
    return config


def upgrade(url: str, schema: str, versions: Path, tables: MetaData) -> None:
    """Apply what is missing. Runs an event loop of its own: call it before the loop starts, or in a thread.

    Raises `Unavailable` when the database does not answer.
    """
    from alembic import command

    if url.startswith("sqlite"):
        Path(make_url(url).database or "").parent.mkdir(parents=True, exist_ok=True)
    try:
        command.upgrade(_config(url, schema, versions, tables), "head")
    except Exception as error:
        if is_unavailable(error):
            raise Unavailable(f"the database of {schema} does not answer: {str(error).splitlines()[0]}") from error
        raise


def newest_revision(versions: Path) -> str:
    """The number of the last revision: they are one row of numbered files."""
    return max(path.name.partition("_")[0] for path in versions.glob("[0-9]*_*.py"))


async def require_newest(database: Database, versions: Path) -> None:
    """Raise `StartRefused` unless the tables are at the newest revision: code must never meet older tables."""
    newest = newest_revision(versions)
    try:
        async with database.reading() as connection:
            present = (await connection.execute(text("SELECT version_num FROM alembic_version"))).scalar_one_or_none()
    except DBAPIError:
        present = None
    if present != newest:
        raise StartRefused(f"the tables of {database.schema} are not at revision {newest}: run `creditsync migrate`")


@asynccontextmanager
async def on_tables_of(database: Database, versions: Path) -> AsyncIterator[None]:
    """Who is refused by the database in here is told first whether its tables are older than the code, or missing."""
    try:
        yield
    except (DBAPIError, PostgresError):
        await require_newest(database, versions)
        raise


def check(url: str, schema: str, versions: Path, tables: MetaData) -> None:
    """Raise when the tables in code and the revisions differ."""
    from alembic import command

    command.check(_config(url, schema, versions, tables))


def write_revision(
    url: str, schema: str, versions: Path, tables: MetaData, message: str, number: str | None = None
) -> None:
    """Write the revision that brings `versions` to the tables in code. A developer's tool."""
    from alembic import command

    command.revision(_config(url, schema, versions, tables), message=message, autogenerate=True, rev_id=number)
