"""An audit log on each kind of database."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shared.database.engine import Database
from shared.database.mechanics import metadata
from tests.support.audit_log import SERVICE, AuditLog

DATABASES = [
    pytest.param("tmp_sqlite_url", id="sqlite"),
    pytest.param("postgres_url", id="postgresql", marks=pytest.mark.real),
]


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(request.param))


@pytest.fixture
async def log(database_url: str, tmp_path: Path) -> AsyncIterator[AuditLog]:
    database = Database(database_url, SERVICE)
    async with database.writing() as connection:
        await connection.run_sync(metadata.create_all)
    yield AuditLog(database, tmp_path / "anchors")
    await database.close()
