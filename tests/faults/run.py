"""One fault run: orders are given while processes are killed, servers restarted and connections swallowed.

Workers reach database, broker and portals through fault proxies. Each fault strikes when a certain share of the orders
is done.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from services.local.ports import LOOPBACK, free_ports
from services.local.private_postgres import PostgresServer
from services.local.private_rabbitmq import RabbitServer
from services.sync.app import NAME
from shared.clock import stopwatch
from shared.database.engine import Database
from shared.vocabulary import Portal
from tests.faults import orders
from tests.faults.crew import Crew, crew
from tests.faults.processes import PATIENCE_WITH_PORTALS, Plan
from tests.faults.verdict import Verdict, judge
from tests.support.fault_proxy import FaultMode, FaultProxy

WORKERS = 2
_LOOKS_EVERY = 0.2
_BEYOND_PATIENCE = PATIENCE_WITH_PORTALS.silence + 2
_BEHIND_EVERY_LEASE = timedelta(minutes=4)

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Trial:
    """How much is ordered, how long a connection swallows everything, how long to wait for the end.

    `hurried` moves the clock behind every lease after each fault, as a test may: what a killed worker had claimed to
    look at waits half a minute for its lease otherwise. A measurement waits for them.
    """

    records: int
    black_hole_seconds: float
    patience_seconds: float
    hurried: bool = False


@dataclass(frozen=True)
class Servers:
    """What gets broken. Both are started anew on their old ports."""

    postgres: PostgresServer
    rabbitmq: RabbitServer


@dataclass(frozen=True)
class Outcome:
    """Seconds in all, seconds from the end of the last fault until everything was done, and what was left."""

    orders: int
    done: int
    seconds: float
    to_converge: float
    faults: Sequence[str]
    ended_by_themselves: int
    verdict: Verdict

    @property
    def good(self) -> bool:
        return self.done == self.orders and self.verdict.clean


@dataclass(frozen=True)
class _Stage:
    """What a fault may reach."""

    servers: Servers
    crew: Crew
    to_database: FaultProxy
    to_broker: FaultProxy
    to_portals: Mapping[Portal, FaultProxy]
    black_hole_seconds: float

    async def worker_killed(self) -> None:
        self.crew.kill("worker-1")

    async def other_worker_killed(self) -> None:
        self.crew.kill("worker-2")

    async def both_workers_killed(self) -> None:
        self.crew.kill("worker-1")
        self.crew.kill("worker-2")

    async def broker_restarted(self) -> None:
        await asyncio.to_thread(self.servers.rabbitmq.restart)

    async def broker_killed(self) -> None:
        await asyncio.to_thread(self.servers.rabbitmq.kill)
        await asyncio.to_thread(self.servers.rabbitmq.restart)

    async def database_killed(self) -> None:
        await asyncio.to_thread(self.servers.postgres.kill)
        await asyncio.to_thread(self.servers.postgres.restart)

    async def database_restarted(self) -> None:
        await asyncio.to_thread(self.servers.postgres.restart)

    async def database_swallowed(self) -> None:
        await self._swallow(self.to_database)

    async def broker_swallowed(self) -> None:
        await self._swallow(self.to_broker)

    async def portal_swallowed(self) -> None:
        await self._swallow(self.to_portals[Portal.CREDIT_CHINA], at_least=_BEYOND_PATIENCE)

    async def public_face_swallowed(self) -> None:
        """Of the portal that takes its orders by an exchange database: they arrive, and nobody can see it."""
        await self._swallow(self.to_portals[Portal.CREDIT_JIANGSU], at_least=_BEYOND_PATIENCE)

    async def _swallow(self, proxy: FaultProxy, at_least: float = 0.0) -> None:
        await proxy.set_mode(FaultMode.BLACK_HOLE)
        await asyncio.sleep(max(self.black_hole_seconds, at_least))
        await proxy.set_mode(FaultMode.PASS)


Fault = Callable[[_Stage], Awaitable[None]]
FAULTS: Sequence[Fault] = (
    _Stage.worker_killed,
    _Stage.broker_restarted,
    _Stage.portal_swallowed,
    _Stage.database_swallowed,
    _Stage.database_killed,
    _Stage.both_workers_killed,
    _Stage.broker_swallowed,
    _Stage.public_face_swallowed,
    _Stage.database_restarted,
    _Stage.broker_killed,
    _Stage.other_worker_killed,
)


async def run_trial(trial: Trial, servers: Servers, folder: Path, tell: Tell) -> Outcome:
    """The tables exist already."""
    async with AsyncExitStack() as stack:
        ports = dict(zip(orders.PORTALS, free_ports(len(orders.PORTALS)), strict=True))
        to_database, to_broker = [
            await stack.enter_async_context(_proxy(url)) for url in (servers.postgres.url, servers.rabbitmq.url)
        ]
        to_portals = {
            portal: await stack.enter_async_context(FaultProxy(LOOPBACK, port)) for portal, port in ports.items()
        }
        plan = Plan(
            database_url=to_database.url(servers.postgres.url),
            bus_url=to_broker.url(servers.rabbitmq.url),
            clock_file=folder / "clock",
            portals_dir=folder / "portals",
            ports=ports,
            doors={portal: proxy.port for portal, proxy in to_portals.items()},
        )
        database = Database(servers.postgres.url, NAME)
        stack.push_async_callback(database.close)
        people = await stack.enter_async_context(crew(plan, folder, WORKERS))
        stage = _Stage(servers, people, to_database, to_broker, to_portals, trial.black_hole_seconds)
        total = orders.orders_for(trial.records)
        tell(f"{total} orders for {len(ports)} portals, {WORKERS} workers, {len(FAULTS)} faults")
        began, leave = stopwatch(), orders.Leave()
        giving = asyncio.create_task(orders.give(database, plan.clock(), trial.records, leave))
        try:
            struck, ended_at = await _strike(trial, stage, plan, database, leave, tell)
            done = await _await_end(trial, database, giving)
        finally:
            giving.cancel()
            await asyncio.gather(giving, return_exceptions=True)
        seconds = stopwatch() - began
        converged = stopwatch() - ended_at
        verdict = await _settled(database, servers, plan, trial)
        return Outcome(total, done, seconds, converged, struck, people.ended, verdict)


async def _strike(
    trial: Trial, stage: _Stage, plan: Plan, database: Database, leave: orders.Leave, tell: Tell
) -> tuple[list[str], float]:
    """Each fault at its share of the orders, with the next share under way; what struck, and when the last was over."""
    total, began = orders.orders_for(trial.records), stopwatch()
    told: list[str] = []
    for number, fault in enumerate(FAULTS, start=1):
        due, leave.orders = (total * share // (len(FAULTS) + 1) for share in (number, number + 1))
        done = await orders.done(database)
        while done < due and stopwatch() - began < trial.patience_seconds:
            await asyncio.sleep(_LOOKS_EVERY)
            done = await orders.done(database)
        name = getattr(fault, "__name__", "fault").replace("_", " ")
        at = stopwatch()
        await fault(stage)
        told.append(f"{name} at {done} of {total} orders, {at - began:.1f} s; it took {stopwatch() - at:.1f} s")
        tell(told[-1])
        if trial.hurried:
            plan.clock().advance(_BEHIND_EVERY_LEASE)
    leave.orders = total + 1
    return told, stopwatch()


async def _await_end(trial: Trial, database: Database, giving: "asyncio.Task[None]") -> int:
    """Until everything is done, or patience is at its end; how many orders are."""
    total, began = orders.orders_for(trial.records), stopwatch()
    while True:
        done = await orders.done(database)
        if giving.done():
            giving.result()
        if (done >= total and giving.done()) or stopwatch() - began > trial.patience_seconds:
            return done
        await asyncio.sleep(_LOOKS_EVERY)


async def _settled(database: Database, servers: Servers, plan: Plan, trial: Trial) -> Verdict:
    """The last acknowledgements are still on their way when the last order is done, also on a machine that is busy."""
    began = stopwatch()
    while True:
        verdict = await judge(database, servers.rabbitmq.url, plan.portals_dir, trial.records)
        if verdict.clean or stopwatch() - began > trial.patience_seconds:
            return verdict
        await asyncio.sleep(_LOOKS_EVERY)


def _proxy(url: str) -> FaultProxy:
    parts = urlsplit(url)
    return FaultProxy(parts.hostname or "", parts.port or 0)
