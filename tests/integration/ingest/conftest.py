from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.rows import AUTHORITY
from tests.support.services import RunningService, running_service


@pytest.fixture
async def ingest(database_url: str, tmp_path: Path) -> AsyncIterator[RunningService]:
    """ingest with small limits, called by a client that may write for one authority."""
    token = {"authorities": [AUTHORITY], "scope": "ingest:write ingest:read ingest:registry"}
    async with running_service(
        "ingest", database_url, tmp_path, token, max_batch_rows=600, max_body_bytes=2_000_000
    ) as service:
        yield service
