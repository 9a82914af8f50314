"""Runs one of the four services inside a test: its own migrated database, its application, its handlers.

Time stands still on the clock of the `TestIssuer`, which also signs the tokens; `told` reads from the outbox what the
service would tell the others.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import Engine, FromClause, delete, event, func, select

from shared.clock import FrozenClock
from shared.contracts.base import EventData
from shared.contracts.catalogue import CATALOGUE
from shared.contracts.envelope import Event, decode, encode
from shared.database.engine import Database
from shared.database.mechanics import metadata as mechanics
from shared.database.mechanics import outbox
from shared.ids import new_id
from shared.messaging.unit_of_work import UnitOfWork, unit_of_work
from tests.support.web import START, TestIssuer, calling

Handler = Callable[[UnitOfWork, Sequence[Event[Any]]], Awaitable[None]]
Data = dict[str, Any]
_NO_KEYS = "http://127.0.0.1:9/jwks.json"  # never read: the test issuer verifies


@dataclass
class RunningService:
    """One service: its database, its clock, and a client of its application."""

    name: str
    database: Database
    client: httpx.AsyncClient
    issuer: TestIssuer
    token: Data = field(default_factory=dict)
    app: Any = None

    @property
    def clock(self) -> FrozenClock:
        return self.issuer.clock

    def work(self) -> AbstractAsyncContextManager[UnitOfWork]:
        """A unit of work, as an edge opens it."""
        return unit_of_work(self.database, self.clock)

    def headers(self, key: str | None = None, **claims: Any) -> dict[str, str]:
        """A token with these claims instead of the usual ones, and a fresh key when none is given."""
        return {**self.issuer.bearer(**(self.token | claims)), "Idempotency-Key": key or new_id()}

    async def post(self, path: str, body: Any, key: str | None = None, **claims: Any) -> httpx.Response:
        return await self.client.post(path, json=body, headers=self.headers(key, **claims))

    async def get(self, path: str, **claims: Any) -> httpx.Response:
        return await self.client.get(path, headers=self.headers(**claims))

    async def hear(self, handler: Handler, *data: EventData) -> None:
        """Let a handler take these events as one message, in one transaction."""
        async with self.work() as work:
            await handler(work, [envelope(one) for one in data])

    async def told(self) -> list[EventData]:
        """What waits in the outbox, in the order in which it was stored."""
        async with self.database.reading() as connection:
            rows = (await connection.execute(select(outbox.c.type, outbox.c.body).order_by(outbox.c.outbox_id))).all()
        return [member.data for row in rows for member in _events(row.type, bytes(row.body))]

    async def take_told(self) -> list[EventData]:
        """The same, and the outbox is empty afterwards, as if the relay had been there."""
        told = await self.told()
        async with self.database.writing() as connection:
            await connection.execute(delete(outbox))
        return told

    async def rows(self, table: FromClause) -> list[Any]:
        async with self.database.reading() as connection:
            return list((await connection.execute(select(table))).all())

    async def counts(self) -> dict[str, int]:
        """Rows of every table of the service, to show that a refusal stored nothing."""
        tables = [*_parts(self.name).TABLES.metadata.tables.values(), *mechanics.tables.values()]
        async with self.database.reading() as connection:
            return {
                table.name: await connection.scalar(select(func.count()).select_from(table)) or 0 for table in tables
            }


@asynccontextmanager
async def running_service(
    name: str, url: str, data_dir: Path, token: Data | None = None, **settings: Any
) -> AsyncIterator[RunningService]:
    """The service on an empty database at `url`. `token` are claims that its usual caller has."""
    parts, issuer = _parts(name), TestIssuer()
    await asyncio.to_thread(parts.TABLES.upgrade, url)
    database = Database(url, name)
    settings_of = getattr(import_module(f"services.{name}.settings"), f"{name.capitalize()}Settings")
    app = parts.create_app(settings_of(data_dir=data_dir, jwks=_NO_KEYS, **settings), database)
    app.state.verifier = issuer.verifier()
    try:
        async with calling(app) as client:
            if hasattr(app.state.desk, "clock"):
                app.state.desk = replace(app.state.desk, clock=issuer.clock)
            yield RunningService(name, database, client, issuer, token or {}, app)
    finally:
        await database.close()


def _parts(name: str) -> Any:
    """The service's `app.py`; imported by name, so that a test of one service needs no other."""
    return import_module(f"services.{name}.app")


@contextmanager
def statements() -> Iterator[list[str]]:
    """The statements that are sent to any database while the block runs; an executemany counts once."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        sent.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def envelope(data: EventData) -> Event[Any]:
    """An event as a consumer hands it to a handler: it went over the wire once."""
    sent = Event[Any](
        id=new_id(), source="/creditsync/test", type=data.TYPE, subject=data.about(), time=START, data=data
    )
    return _events(data.TYPE, encode([sent]))[0]


def _events(kind: str, body: bytes) -> list[Event[Any]]:
    members = decode(body, CATALOGUE[kind].data)
    unreadable = [member for member in members if not isinstance(member, Event)]
    assert not unreadable, f"the outbox holds what its own contract refuses: {unreadable}"
    return [member for member in members if isinstance(member, Event)]
