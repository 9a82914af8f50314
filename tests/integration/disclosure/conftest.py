from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.services import RunningService, running_service


@pytest.fixture
async def disclosure(database_url: str, tmp_path: Path) -> AsyncIterator[RunningService]:
    """disclosure on Monday 2 November 2026, 09:00 in Shanghai."""
    token = {"scope": "disclosure:read"}
    async with running_service("disclosure", database_url, tmp_path, token) as service:
        yield service
