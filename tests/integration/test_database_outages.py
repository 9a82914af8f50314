"""What says that a database is away means: come again later. What our own code did wrong never does."""

import errno
import io
import socket
import sqlite3
import ssl
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from sqlalchemy import bindparam, func, select, text
from sqlalchemy.exc import OperationalError

from services.local.ports import LOOPBACK, free_port
from shared.database.engine import Database
from shared.database.lookup import Lookup
from shared.database.outages import is_unavailable
from shared.errors import Unavailable

_SLEEP = Lookup(select(func.pg_sleep(bindparam("seconds")).label("slept")))


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    found = Database(database_url, "public")
    yield found
    await found.close()


def _missing_file() -> None:
    Path("/nowhere/at/all").read_bytes()


def _forbidden_file() -> None:
    raise PermissionError(errno.EACCES, "Permission denied", "/nowhere/at/all")


def _file_of_another_kind() -> None:
    raise OSError("this is no file that the service has sealed")


def _file_opened_the_wrong_way() -> None:
    raise io.UnsupportedOperation("not readable")


def _full_disk_of_our_own() -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize(
    "fault", [_missing_file, _forbidden_file, _file_of_another_kind, _file_opened_the_wrong_way, _full_disk_of_our_own]
)
async def test_a_file_that_fails_inside_a_transaction_is_no_outage_of_the_database(
    database: Database, fault: Callable[[], None]
) -> None:
    for opened in (database.writing, database.writing_once, database.reading, database.looking):
        with pytest.raises(OSError):
            async with opened() as connection:
                await connection.execute(text("SELECT 1"))
                fault()


async def _is_away(address: str) -> None:
    database = Database(f"postgresql+asyncpg://{address}", "public")
    try:
        with pytest.raises(Unavailable):
            await database.check()
        with pytest.raises(Unavailable):
            await database.find(_SLEEP, seconds=0.0)
    finally:
        await database.close()


async def test_a_server_that_cannot_be_reached_is_away_by_every_way_to_it(tmp_path: Path) -> None:
    await _is_away(f"nobody@{LOOPBACK}:{free_port()}/none")
    await _is_away(f"nobody@/none?host={tmp_path}")  # no socket there: told as a file that is not found


@pytest.mark.parametrize("several", [True, False])
async def test_a_name_without_an_address_or_with_several_that_refuse_is_away(
    monkeypatch: pytest.MonkeyPatch, several: bool
) -> None:
    def answer(_host: Any, port: Any, *_rest: Any, **_options: Any) -> list[Any]:
        if not several:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        kind = socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, ""
        return [(*kind, (address, int(port))) for address in (LOOPBACK, "127.0.0.2")]

    port = free_port()
    monkeypatch.setattr(socket, "getaddrinfo", answer)
    await _is_away(f"nobody@database.invalid:{port}/none")


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.EHOSTUNREACH, "No route to host"),
        OSError(errno.ENETUNREACH, "Network is unreachable"),
        OSError("Multiple exceptions: [Errno 111] Connect call failed, [Errno 99] Cannot assign requested address"),
        PermissionError(errno.EPERM, "Operation not permitted"),  # a firewall
        BrokenPipeError(errno.EPIPE, "Broken pipe"),
        TimeoutError(),
        ssl.SSLError(1, "[SSL] record layer failure"),
        asyncpg.DeadlockDetectedError("deadlock detected"),
        asyncpg.OutOfMemoryError("out of memory"),
        OperationalError("SELECT 1", {}, sqlite3.OperationalError("disk I/O error")),
        OperationalError("SELECT 1", {}, sqlite3.OperationalError("database is locked")),
    ],
    ids=lambda error: str(error)[:40],
)
def test_what_a_network_a_disk_or_the_driver_says_of_an_absent_database_is_an_outage(error: Exception) -> None:
    assert is_unavailable(error)
