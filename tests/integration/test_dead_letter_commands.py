"""`creditsync dead-letters` on RabbitMQ and on the embedded bus, as an operator types it."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path
from typing import TypeVar

import pytest
from typer.testing import CliRunner

from services.local.dead_letters import app
from services.sync.app import TABLES
from shared.contracts.events import PublicationOffline
from shared.errors import Problem
from shared.ids import new_id
from shared.messaging.bus import Bus, Message
from shared.messaging.topology import QUEUES, dead_queue
from tests.support.buses import make_bus, next_of, opened

T = TypeVar("T")
QUEUE = "sync.take_downs"
KINDS = [
    pytest.param("amqp_url", id="rabbitmq", marks=pytest.mark.real),
    pytest.param("tmp_sqlite_url", id="embedded"),
]


@pytest.fixture(params=KINDS)
def bus_url(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(request.param))


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """With the tables of sync, in whose audit log a replay is kept."""
    monkeypatch.setenv("CREDITSYNC_DATA_DIR", str(tmp_path))
    TABLES.upgrade(f"sqlite+aiosqlite:///{tmp_path}/sync.db")
    return tmp_path


def kept(data_dir: Path, action: str = "dead_letters.replayed") -> list[tuple[str, str, int]]:
    """Reason, actor and effect of each decision in the audit log."""
    with closing(sqlite3.connect(data_dir / "sync.db")) as database:
        sought = "SELECT reason, actor, effect_rows FROM audit_entry WHERE action = ?"
        return database.execute(sought, (action,)).fetchall()


def depths(url: str) -> dict[str, int]:
    async def count(bus: Bus) -> dict[str, int]:
        return dict(await bus.depths())

    return asyncio.run(_with(url, count))


def bury(url: str) -> str:
    async def publish(bus: Bus) -> str:
        sent = Message(new_id(), PublicationOffline.TYPE, PublicationOffline.TYPE, b"no list of events")
        await bus.publish([sent])
        async with bus.consume(QUEUE, prefetch=1) as deliveries:
            await (await next_of(deliveries)).dead_letter("the body is no list of events")
        return sent.message_id

    return asyncio.run(_with(url, publish))


async def _with(url: str, act: Callable[[Bus], Awaitable[T]]) -> T:
    async with opened(make_bus(url, topology=QUEUES)) as bus:
        return await act(bus)


def said(url: str, *command: str) -> str:
    done = CliRunner().invoke(app, list(command), env={"CREDITSYNC_BUS_URL": url}, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_dead_letters_are_listed_with_their_reason_and_sent_back_to_their_queue_only(
    bus_url: str, data_dir: Path
) -> None:
    buried = bury(bus_url)
    others = {name: count for name, count in depths(bus_url).items() if not name.startswith(QUEUE)}
    for named in ((), ("sync",), (QUEUE,)):
        line = said(bus_url, "list", *named)
        assert line.split()[:3] == [QUEUE, buried, PublicationOffline.TYPE]
        assert "the body is no list of events" in line
    assert said(bus_url, "list", "ingest") == "No dead letters.\n"
    why = ("--reason", "the release is the same everywhere now")
    assert (
        said(bus_url, "replay", QUEUE, *why, "--cause", "another") == f"0 messages are on their way back to {QUEUE}.\n"
    )
    assert said(bus_url, "replay", QUEUE, *why, "--dry-run") == f"1 messages would go back to {QUEUE}.\n"
    assert said(bus_url, "replay", QUEUE, *why) == f"1 messages are on their way back to {QUEUE}.\n"
    [(reason, actor, rows)] = kept(data_dir)
    assert (reason, actor.partition(":")[0], rows) == (why[1], "terminal", 1)
    after = depths(bus_url)
    assert (after[QUEUE], after[dead_queue(QUEUE)]) == (1, 0)
    assert {name: count for name, count in after.items() if not name.startswith(QUEUE)} == others
    assert said(bus_url, "replay", QUEUE, *why) == f"0 messages are on their way back to {QUEUE}.\n"


def test_dead_letters_are_discarded_with_who_and_why_after_a_dry_run(bus_url: str, data_dir: Path) -> None:
    bury(bus_url)
    before = depths(bus_url)
    why = ("--reason", "the sender told it anew")
    assert said(bus_url, "discard", QUEUE, *why, "--cause", "another") == f"0 messages of {QUEUE} were discarded.\n"
    assert said(bus_url, "discard", QUEUE, *why, "--dry-run") == f"1 messages of {QUEUE} would be discarded.\n"
    assert (depths(bus_url), kept(data_dir, "dead_letters.discarded")) == (before, [])
    assert said(bus_url, "discard", QUEUE, *why) == f"1 messages of {QUEUE} were discarded.\n"
    [(reason, actor, rows)] = kept(data_dir, "dead_letters.discarded")
    assert (reason, actor.partition(":")[0], rows) == (why[1], "terminal", 1)
    assert depths(bus_url) == before | {dead_queue(QUEUE): 0}


def test_a_queue_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(Problem, match=r"No queue is called sync\.nothing.*sync\.take_downs"):
        CliRunner().invoke(app, ["replay", "sync.nothing", "--reason", "none"], catch_exceptions=False)
