"""The command that kills the reader of a large file keeps working; small, for the suite."""

import asyncio
from pathlib import Path

from services.ingest.app import TABLES
from tests.faults.imports import ImportTrial, run_imports, told


async def test_a_reader_killed_at_random_moments_leaves_each_row_one_verdict(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'ingest.db'}"
    await asyncio.to_thread(TABLES.upgrade, url)
    outcome = await run_imports(ImportTrial("xlsx", rows=3_000, kills=1), url, tmp_path)
    assert outcome.good, told(outcome, "sqlite")
