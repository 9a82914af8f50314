"""Where a case runs: on PostgreSQL with RabbitMQ, or on SQLite with the embedded bus. Each case gets empty ones.

The servers of the real place are private, durable as delivered, and started once a run; their settings are those of
the measured anchors, so that figures can be compared with docs/performance.md.
"""

import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg

from services.local.folders import passable_folder
from services.local.private_postgres import private_postgres
from services.local.private_rabbitmq import private_rabbitmq
from shared.ids import new_id
from tests.support.servers import fresh_vhost
from tests.support.shared_server import ServerAddress

POSTGRES_SETTINGS = {"shared_buffers": "512MB", "max_wal_size": "4GB"}
"""Everything else as delivered: fsync, synchronous_commit and full_page_writes are on."""


@dataclass(frozen=True)
class Place:
    """Without addresses it is the embedded place. `folder` is where this case keeps its files."""

    name: str
    rows_file: str
    postgres_url: str | None = None
    amqp_url: str | None = None
    management_url: str | None = None
    folder: Path = Path()

    @property
    def is_real(self) -> bool:
        return self.postgres_url is not None

    def database_settings(self) -> dict[str, Any]:
        """The settings with which creditsync finds its database and broker here."""
        if self.postgres_url is None:
            return {}
        return {
            "database_url": self.postgres_url,
            "bus_url": self.amqp_url,
            "credit_jiangsu_exchange_url": self.postgres_url,
        }

    def anchor_url(self, driver: str) -> str:
        """The database for an anchor's application, by a driver's name on PostgreSQL."""
        if self.postgres_url is None:
            return f"sqlite{'' if driver == 'psycopg' else '+aiosqlite'}:///{self.folder / 'anchor.db'}"
        return self.postgres_url.replace("+asyncpg", f"+{driver}")

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"folder": str(self.folder)}


@contextmanager
def real_place(rows_file: Path) -> Iterator[Place]:
    """A private PostgreSQL and RabbitMQ for the run."""
    with (
        passable_folder() as folder,
        private_postgres(folder, durable=True) as postgres,
        private_rabbitmq(folder, management=True) as rabbitmq,
    ):
        for name, value in POSTGRES_SETTINGS.items():
            query(postgres.url, f"ALTER SYSTEM SET {name} = '{value}'")
        postgres.restart()
        yield Place("real", str(rows_file), postgres.url, rabbitmq.url, rabbitmq.management_url)


@contextmanager
def emptied(place: Place) -> Iterator[Place]:
    """The same place with an empty folder, database and virtual host, dropped at the end."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="creditsync-bench-")))
        if place.postgres_url is None or place.amqp_url is None:
            yield replace(place, folder=folder)
            return
        url = stack.enter_context(_empty_database(place.postgres_url))
        vhost = stack.enter_context(fresh_vhost(ServerAddress(place.amqp_url, place.management_url)))
        yield replace(place, folder=folder, postgres_url=url, amqp_url=vhost)


@contextmanager
def _empty_database(server_url: str) -> Iterator[str]:
    name = f"bench_{new_id()}"
    query(server_url, f"CREATE DATABASE {name} TEMPLATE template0")
    try:
        yield urlsplit(server_url)._replace(path=f"/{name}").geturl()
    finally:
        query(server_url, f"DROP DATABASE {name} WITH (FORCE)")


def settle(place: Place) -> None:
    """As after a quiet night: statistics and visibility are up to date, nothing waits for a checkpoint."""
    if place.postgres_url is not None:
        query(place.postgres_url, "VACUUM ANALYZE")
        query(place.postgres_url, "CHECKPOINT")


def wal_position(place: Place) -> int:
    """Bytes of write-ahead log written so far; 0 where there is none to ask."""
    if place.postgres_url is None:
        return 0
    return int(query(place.postgres_url, "SELECT pg_current_wal_lsn() - '0/0'::pg_lsn"))


def query(url: str, statement: str) -> Any:
    """The one value of a statement on PostgreSQL. Not to be called inside a running loop."""

    async def ask() -> Any:
        connection = await asyncpg.connect(url.replace("+asyncpg", ""), timeout=20)
        try:
            return await connection.fetchval(statement)
        finally:
            await connection.close()

    return asyncio.run(ask())
