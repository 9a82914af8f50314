from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.rows import AUTHORITY
from tests.support.services import RunningService, running_service

SCOPES = "repair:write repair:handle repair:review repair:decide repair:read"


@pytest.fixture
async def repair(database_url: str, tmp_path: Path) -> AsyncIterator[RunningService]:
    """repair on Monday 2 November 2026, called by a clerk of one authority who may do everything."""
    token = {"scope": SCOPES, "sub": "clerk", "authorities": [AUTHORITY]}
    async with running_service("repair", database_url, tmp_path, token) as service:
        yield service
