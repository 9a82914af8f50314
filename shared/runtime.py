"""The background side of a service: its relay, its consumers and its timers, run together until told to stop.

Every service has one, wired in its `app.py`. What it runs can be killed at any line: the outbox, the inbox and the
level-driven timers pick up where it was (guarantee G01).
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import structlog
from sqlalchemy import MetaData

from shared.clock import Clock
from shared.database.engine import Database
from shared.database.listening import Listener
from shared.database.migrate import upgrade
from shared.evidence.seal import Seals
from shared.evidence.timers import evidence_timers
from shared.housekeeping import housekeeping
from shared.messaging.bus import Bus
from shared.messaging.consumer import Consumer, Handler
from shared.messaging.relay import Relay
from shared.timers import Timer

log = structlog.get_logger()

Task = Callable[[asyncio.Event], Awaitable[None]]
"""Runs until the event is set."""

PREFETCH = 20


@dataclass(frozen=True)
class ServiceTables:
    """What a service's database consists of: its schema, its revisions and the tables in code."""

    schema: str
    versions: Path
    metadata: MetaData

    def upgrade(self, url: str) -> None:
        """Bring the tables to the newest revision. Not to be called inside a running loop."""
        upgrade(url, self.schema, self.versions, self.metadata)


@dataclass(frozen=True)
class Ground:
    """What a worker stands on: the service's database, the bus, the clock, and with what it signs its audit log."""

    database: Database
    bus: Bus
    clock: Clock
    seals: Seals | None = None


@dataclass(frozen=True)
class Worker:
    """Everything that a service does without being asked over HTTP."""

    ground: Ground
    handlers: Mapping[str, Handler] = field(default_factory=dict)
    gathers: Collection[str] = ()
    """Queues of which the handler takes several messages at once."""
    timers: Sequence[Timer] = ()
    tasks: Sequence[Task] = ()
    open_things: Sequence[Callable[[], Awaitable[None]]] = ()
    close_things: Sequence[Callable[[], Awaitable[None]]] = ()

    async def run(self, stop: asyncio.Event) -> None:
        """Run until `stop` is set; what is at hand is finished first. A part that dies takes the process with it."""
        async with AsyncExitStack() as stack:
            for opening in self.open_things:
                await opening()
            for closing in self.close_things:
                stack.push_async_callback(closing)
            async with asyncio.TaskGroup() as group:
                for task in self._all():
                    group.create_task(self._watched(task, stop))
        log.info("worker_stopped", service=self.ground.database.schema)

    def _all(self) -> list[Task]:
        ground = self.ground
        consumers = [
            Consumer(
                ground.database,
                ground.bus,
                queue,
                handler,
                ground.clock,
                prefetch=PREFETCH,
                gathers=queue in self.gathers,
            )
            for queue, handler in self.handlers.items()
        ]
        return [
            Relay(ground.database, ground.bus, ground.clock).run,
            *_listening(ground.database),
            *(consumer.run for consumer in consumers),
            housekeeping(ground.database, ground.clock).run,
            *(timer.run for timer in evidence_timers(ground.database, ground.clock, ground.seals)),
            *(timer.run for timer in self.timers),
            *self.tasks,
        ]

    @staticmethod
    async def _watched(task: Task, stop: asyncio.Event) -> None:
        """When one part ends by a fault, the others must not go on as if nothing had happened."""
        try:
            await task(stop)
        except Exception:
            stop.set()
            raise


def _listening(database: Database) -> list[Task]:
    """On SQLite the processes of a service do not hear each other: their timers look by themselves."""
    return [] if database.dialect == "sqlite" else [Listener(database.url, database.schema, database.bells).run]
