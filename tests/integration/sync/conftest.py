"""The core of sync on each kind of database."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.sync_house import SyncHouse, sync_house

DATABASES = [
    pytest.param("tmp_sqlite_url", id="sqlite"),
    pytest.param("postgres_url", id="postgresql", marks=pytest.mark.real),
]


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(request.param))


@pytest.fixture
async def house(database_url: str, tmp_path: Path) -> AsyncIterator[SyncHouse]:
    async with sync_house(database_url, f"sqlite+aiosqlite:///{tmp_path / 'bus.db'}") as house:
        yield house
