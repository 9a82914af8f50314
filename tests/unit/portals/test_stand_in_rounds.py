"""A stand-in whose own round fails tells of it when it ends, and has closed what it had open."""

import asyncio
from pathlib import Path

import pytest

from services.sync.mock_portals.common.app import assemble, new_parts
from services.sync.mock_portals.common.face import Face
from services.sync.mock_portals.common.options import MockOptions
from shared.database.engine import Database
from shared.vocabulary import Portal


async def test_a_round_that_fails_keeps_nothing_open(tmp_path: Path) -> None:
    closed: list[str] = []

    class Told(Database):
        async def close(self) -> None:
            await super().close()
            closed.append("its records")

    failed = asyncio.Event()

    async def fail() -> int:
        failed.set()
        raise ZeroDivisionError

    async def close() -> None:
        closed.append("its intake")

    parts = new_parts(Portal.CREDIT_JIANGSU, MockOptions(tmp_path, database=Told), Face("模拟", "公示", "#a4262c", {}))
    app = assemble(parts, each_round=fail, on_close=close)
    with pytest.raises(ZeroDivisionError):
        async with app.router.lifespan_context(app):
            await failed.wait()
    assert closed == ["its intake", "its records"]
