"""Brings the tables of one service to the newest revision.

One Alembic environment serves all services; each has its own `versions` folder and its own version table. On
PostgreSQL the schema is made first and an advisory lock keeps two starting processes apart.
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import MetaData

from shared.database.mechanics import metadata as mechanics

_ENVIRONMENT = Path(__file__).parent / "migrations"


def _config(url: str, schema: str, versions: Path, tables: MetaData) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_ENVIRONMENT))
    config.set_main_option("version_locations", str(versions))
    config.set_main_option("path_separator", "newline")
    config.attributes.update(url=url, schema=schema, metadata=[tables, mechanics])
    return config


def upgrade(url: str, schema: str, versions: Path, tables: MetaData) -> None:
    """Apply what is missing. Runs an event loop of its own: call it before the loop starts, or in a thread."""
    command.upgrade(_config(url, schema, versions, tables), "head")


def check(url: str, schema: str, versions: Path, tables: MetaData) -> None:
    """Raise when the tables in code and the revisions differ."""
    command.check(_config(url, schema, versions, tables))


def write_revision(url: str, schema: str, versions: Path, tables: MetaData, message: str) -> None:
    """Write the revision that brings `versions` to the tables in code. A developer's tool."""
    command.revision(_config(url, schema, versions, tables), message=message, autogenerate=True)
