"""The revisions of each service lead to the very tables that its code has, on both databases."""

import threading
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData

from services.house import SERVICES
from shared.database.migrate import check, newest_revision, upgrade

DATABASES = [
    pytest.param("tmp_sqlite_url", id="sqlite"),
    pytest.param("postgres_url", id="postgresql", marks=pytest.mark.real),
]
_PATIENCE_SECONDS = 10
_FAILS = """revision, down_revision = "0001", None

def upgrade():
    raise ZeroDivisionError
"""


@pytest.mark.parametrize("name", SERVICES)
@pytest.mark.parametrize("database", DATABASES)
def test_the_revisions_lead_to_the_tables_in_code(name: str, database: str, request: pytest.FixtureRequest) -> None:
    url, tables = str(request.getfixturevalue(database)), SERVICES[name].tables
    tables.upgrade(url)
    check(url, name, tables.versions, tables.metadata)


def test_a_revision_that_fails_leaves_no_connection_open(tmp_path: Path, tmp_sqlite_url: str) -> None:
    """The driver keeps a thread for each."""
    (tmp_path / "0001_fails.py").write_text(_FAILS, encoding="utf-8")
    before = set(threading.enumerate())
    with pytest.raises(ZeroDivisionError):
        upgrade(tmp_sqlite_url, "sync", tmp_path, MetaData())
    left = set(threading.enumerate()) - before
    for thread in left:
        thread.join(_PATIENCE_SECONDS)
    assert not [thread for thread in left if thread.is_alive()]


@pytest.mark.parametrize("name", SERVICES)
def test_the_revisions_are_one_row_of_numbered_files(name: str) -> None:
    versions = SERVICES[name].tables.versions
    config = Config()
    config.set_main_option("script_location", str(Path("shared/database/migrations").resolve()))
    config.set_main_option("version_locations", str(versions))
    config.set_main_option("path_separator", "newline")
    scripts = ScriptDirectory.from_config(config)
    assert scripts.get_heads() == [newest_revision(versions)]
    numbers = [script.revision for script in scripts.walk_revisions()]
    assert numbers == [f"{number:04}" for number in range(len(numbers), 0, -1)]
