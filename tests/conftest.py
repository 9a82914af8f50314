"""Fixtures that every test may ask for: real servers and databases. Nothing starts before a test asks."""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from services.local.private_postgres import PostgresServer
from services.local.private_rabbitmq import RabbitServer
from tests.support import servers
from tests.support.shared_server import ServerAddress

# No timed tests: a busy machine is no defect, and `timeout` ends what hangs.
settings.register_profile("creditsync", deadline=None)
settings.load_profile("creditsync")


class BrowserTogether(LoadScopeScheduling):
    """One worker holds the house and the browser; every other test goes to whoever is free. The library's own groups
    (`xdist_group`) are not seen since pytest 9.2 (pytest-xdist issue 1386)."""

    def _split_scope(self, nodeid: str) -> str:
        return "browser" if nodeid.startswith("tests/browser/") else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> BrowserTogether:
    return BrowserTogether(config, log)


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all workers of this run share, and no other run."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(scope="session")
def postgres_server(run_folder: Path) -> Iterator[ServerAddress]:
    """The run's PostgreSQL. Shared: a test takes `postgres_url`, and `own_postgres` to stop or kill one."""
    with servers.postgres_for_the_run(run_folder) as address:
        yield address


@pytest.fixture(scope="session")
def rabbitmq_server(run_folder: Path) -> Iterator[ServerAddress]:
    """The run's RabbitMQ. Shared: a test takes `amqp_url`, and `own_rabbitmq` to stop or kill one."""
    with servers.rabbitmq_for_the_run(run_folder) as address:
        yield address


@pytest.fixture
async def postgres_url(postgres_server: ServerAddress) -> AsyncIterator[str]:
    """An empty PostgreSQL database of this test's own."""
    async with servers.fresh_database(postgres_server) as url:
        yield url


@pytest.fixture
def amqp_url(rabbitmq_server: ServerAddress) -> Iterator[str]:
    """An empty RabbitMQ virtual host of this test's own."""
    with servers.fresh_vhost(rabbitmq_server) as url:
        yield url


@pytest.fixture
def tmp_sqlite_url(tmp_path: Path) -> str:
    """A SQLite database file of this test's own, not yet created."""
    return f"sqlite+aiosqlite:///{tmp_path / 'test.db'}"


@pytest.fixture
def own_postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL that this test may stop, kill and restart."""
    with servers.postgres_of_its_own() as server:
        yield server


@pytest.fixture
def own_rabbitmq() -> Iterator[RabbitServer]:
    """A RabbitMQ that this test may stop, kill and restart. It has no HTTP API."""
    with servers.rabbitmq_of_its_own() as server:
        yield server
