"""Parked events from the terminal: listed, and sent back once the fault is mended."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from services import house
from services.cli import app
from shared.database.engine import Database
from shared.database.mechanics import audit_entry, outbox, parked_event
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

    said = ["--reason", "the audience is known now"]
    assert terminal.invoke(app, ["release", "repair", PARKED]).exit_code == 2
    assert terminal.invoke(app, ["release", "repair", PARKED, *said]).exit_code == 0
    again = terminal.invoke(app, ["release", "repair", PARKED, *said])
    assert isinstance(again.exception, Problem)
    assert asyncio.run(_routing_keys(with_a_parked_event)) == ["queue.repair.publications"]
    assert terminal.invoke(app, ["parked", "repair"]).output == "No parked events.\n"
    [(action, actor, reason)] = asyncio.run(_acts(with_a_parked_event))
    assert (action, actor.partition(":")[0], reason) == ("parked_events.retried", "terminal", said[1])


def test_a_parked_event_is_discarded_with_a_reason_and_goes_nowhere(with_a_parked_event: str) -> None:
    terminal = CliRunner()
    assert terminal.invoke(app, ["discard", "repair", PARKED, "--reason", "told twice"]).exit_code == 0
    assert terminal.invoke(app, ["parked", "repair"]).output == "No parked events.\n"
    assert asyncio.run(_routing_keys(with_a_parked_event)) == []
    assert [one[0] for one in asyncio.run(_acts(with_a_parked_event))] == ["parked_events.discarded"]


async def _acts(url: str) -> list[tuple[str, str, str]]:
    database = Database(url, "repair")
    try:
        async with database.reading() as connection:
            rows = await connection.execute(select(audit_entry.c.action, audit_entry.c.actor, audit_entry.c.reason))
            return [(row.action, row.actor, row.reason) for row in rows]
    finally:
        await database.close()


async def _routing_keys(url: str) -> list[str]:
    database = Database(url, "repair")
    try:
        async with database.reading() as connection:
            return list(await connection.scalars(outbox.select().with_only_columns(outbox.c.routing_key)))
    finally:
        await database.close()
