"""How tests get real servers: the ones named in the environment, else private ones, else a skip that says how to.

`TEST_PG_URL` and `TEST_AMQP_URL` name servers (`TEST_AMQP_MANAGEMENT_URL` the HTTP API of the second). With
`REQUIRE_REAL=1` a server that cannot be had is a failure instead of a skip.
"""

import http.client
import json
import os
import secrets
from base64 import b64encode
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

import pytest

from services.local.errors import ServerMissing
from services.local.folders import passable_folder
from services.local.postgres_programs import postgres_programs
from services.local.private_postgres import PostgresServer, private_postgres
from services.local.private_rabbitmq import RabbitServer, private_rabbitmq, rabbitmq_scripts
from tests.support.shared_server import ServerAddress, shared_server

_API_SECONDS = 30
Finder = Callable[[], Path]


@contextmanager
def postgres_for_the_run(run_folder: Path) -> Iterator[ServerAddress]:
    """The one PostgreSQL of a test run."""
    if given := os.environ.get("TEST_PG_URL"):
        yield ServerAddress("postgresql+asyncpg://" + given.partition("://")[2])
        return
    need(postgres_programs)
    with shared_server("postgres", run_folder) as address:
        yield address


@contextmanager
def rabbitmq_for_the_run(run_folder: Path) -> Iterator[ServerAddress]:
    """The one RabbitMQ of a test run."""
    if given := os.environ.get("TEST_AMQP_URL"):
        parts = urlsplit(given)
        usual = f"http://{parts.username or 'guest'}:{parts.password or 'guest'}@{parts.hostname}:15672"
        yield ServerAddress(given, os.environ.get("TEST_AMQP_MANAGEMENT_URL", usual))
        return
    need(rabbitmq_scripts)
    with shared_server("rabbitmq", run_folder) as address:
        yield address


@contextmanager
def postgres_of_its_own() -> Iterator[PostgresServer]:
    """A PostgreSQL that one test may stop, kill and restart."""
    need(postgres_programs)
    with passable_folder() as folder, private_postgres(folder) as server:
        yield server


@contextmanager
def rabbitmq_of_its_own() -> Iterator[RabbitServer]:
    """A RabbitMQ that one test may stop, kill and restart."""
    need(rabbitmq_scripts)
    with passable_folder() as folder, private_rabbitmq(folder) as server:
        yield server


@asynccontextmanager
async def fresh_database(server: ServerAddress) -> AsyncIterator[str]:
    """The URL of an empty database, dropped at the end. Both together take 25 ms."""
    import asyncpg

    name = f"test_{secrets.token_hex(8)}"
    connection = await asyncpg.connect(server.url.replace("+asyncpg", ""))
    try:
        await connection.execute(f"create database {name} template template0")
        try:
            yield urlsplit(server.url)._replace(path=f"/{name}").geturl()
        finally:
            await connection.execute(f"drop database {name} with (force)")
    finally:
        await connection.close()


@contextmanager
def fresh_vhost(server: ServerAddress) -> Iterator[str]:
    """The URL of an empty virtual host, deleted at the end.

    Through the HTTP API it takes 7 ms to make one and 18 ms to delete it; `rabbitmqctl` takes 200 to 300 ms for each.
    """
    name = f"test_{secrets.token_hex(8)}"
    _manage(server, "PUT", f"/api/vhosts/{name}")
    try:
        yield urlsplit(server.url)._replace(path=f"/{name}").geturl()
    finally:
        _manage(server, "DELETE", f"/api/vhosts/{name}")


def need(find: Finder) -> None:
    """Skips the test, or fails it under `REQUIRE_REAL=1`, when a server's programs are missing."""
    try:
        find()
    except ServerMissing as missing:
        sentence = str(missing)
    else:
        return
    give_up(sentence, required=os.environ.get("REQUIRE_REAL") == "1")


def give_up(sentence: str, *, required: bool) -> NoReturn:
    """Ends the test with the sentence that says how to get what is missing."""
    if required:
        pytest.fail(sentence, pytrace=False)
    pytest.skip(sentence)


def _manage(server: ServerAddress, method: str, path: str) -> None:
    """One call of RabbitMQ's HTTP API; whoever makes a virtual host gets all rights in it."""
    at = urlsplit(server.management_url or "")
    secret = b64encode(f"{at.username}:{at.password}".encode()).decode()
    api = http.client.HTTPConnection(at.hostname or "", at.port, timeout=_API_SECONDS)
    try:
        api.request(method, path, headers={"authorization": f"Basic {secret}", "content-type": "application/json"})
        answer = api.getresponse()
        body = answer.read()
    except OSError as error:
        raise RuntimeError(
            f"RabbitMQ's HTTP API does not answer at {at.hostname}:{at.port} ({error}); it gives each test a virtual "
            "host of its own. Enable the plugin rabbitmq_management or name the API in TEST_AMQP_MANAGEMENT_URL."
        ) from error
    finally:
        api.close()
    if answer.status >= 300:
        raise RuntimeError(f"{method} {path} was answered with {answer.status}: {json.dumps(body.decode())}")
