"""Parked events from the terminal: listed, and sent back once the fault is mended."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services import house
from services.cli import app
from shared.database.engine import Database
from shared.database.mechanics import outbox, parked_event
from shared.errors import Problem

PARKED = "0" * 31 + "1"


@pytest.fixture
def with_a_parked_event(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("CREDITSYNC_DATA_DIR", str(tmp_path))
    house.migrate({})
    url = f"sqlite+aiosqlite:///{tmp_path}/repair.db"
    row = {
        "parked_id": PARKED,
        "queue": "repair.publications",
        "message_id": "m",
        "position": 0,
        "type": "publication.offline",
        "event": "{}",
        "reason": "ValueError: no such audience",
        "parked_at": datetime(2026, 11, 21, tzinfo=UTC),
    }

    async def park() -> None:
        database = Database(url, "repair")
        async with database.writing() as connection:
            await connection.execute(parked_event.insert(), row)
        await database.close()

    asyncio.run(park())
    return url


def test_a_parked_event_is_listed_with_its_reason_and_sent_back_once(with_a_parked_event: str) -> None:
    terminal = CliRunner()

    listed = terminal.invoke(app, ["parked", "repair"])
    assert PARKED in listed.output
    assert "no such audience" in listed.output

    assert terminal.invoke(app, ["release", "repair", PARKED]).exit_code == 0
    again = terminal.invoke(app, ["release", "repair", PARKED])
    assert isinstance(again.exception, Problem)
    assert asyncio.run(_routing_keys(with_a_parked_event)) == ["queue.repair.publications"]
    assert terminal.invoke(app, ["parked", "repair"]).output == ""


async def _routing_keys(url: str) -> list[str]:
    database = Database(url, "repair")
    try:
        async with database.reading() as connection:
            return list(await connection.scalars(outbox.select().with_only_columns(outbox.c.routing_key)))
    finally:
        await database.close()
