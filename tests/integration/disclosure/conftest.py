from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.services import RunningService, running_service


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.real)])
def database_url(request: pytest.FixtureRequest) -> str:
    url: str = request.getfixturevalue("tmp_sqlite_url" if request.param == "sqlite" else "postgres_url")
    return url


@pytest.fixture
async def disclosure(database_url: str, tmp_path: Path) -> AsyncIterator[RunningService]:
    """disclosure on Monday 2 November 2026, 09:00 in Shanghai."""
    token = {"scope": "disclosure:read"}
    async with running_service("disclosure", database_url, tmp_path, token) as service:
        yield service
