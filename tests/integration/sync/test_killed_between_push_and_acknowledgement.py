"""A worker dies after a portal took its orders and before it could write that down (guarantee G01).

Nothing is lost, and nothing is done twice in effect: the next worker sends the same generation under the same key.
"""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from services.sync.app import NAME, TABLES
from services.sync.tables import placement
from shared.clock import ShiftedClock
from shared.contracts.base import EventData
from shared.contracts.events import PublicationOffline, PublicationOnline
from shared.database.engine import Database
from shared.database.types import AnyRow
from shared.messaging.unit_of_work import unit_of_work
from shared.vocabulary import PORTALS_OF, Audience, Portal, TakeDownReason
from tests.conformance.portal_rig import Rig, mock_options, penalty, rig_at, running_mock
from tests.support.messaging_house import until
from tests.support.sync_house import record_id
from tests.support.sync_worker_process import Plan

CHECKOUT = Path(__file__).parents[3]
PATIENCE = 60
NUMBERS = range(1, 13)
LONGER_THAN_A_LEASE = timedelta(minutes=2)
PAIRS = [
    pytest.param(("tmp_sqlite_url", "embedded"), id="sqlite-embedded"),
    pytest.param(("postgres_url", "amqp_url"), id="postgresql-rabbitmq", marks=pytest.mark.real),
]
DEATHS = [
    pytest.param(Audience.CREDIT_SITES, Portal.CREDIT_CHINA, id="before-its-receipt"),
    pytest.param(Audience.CREDIT_SITES, Portal.CREDIT_JIANGSU, id="after-the-exchange-table"),
    pytest.param(Audience.MARKET_SUPERVISION, Portal.MARKET_SUPERVISION, id="after-the-answer"),
]


@dataclass
class Scene:
    """One database, the portals of one audience, and workers that come and go."""

    database: Database
    plan: Plan
    clock: ShiftedClock
    rigs: dict[Portal, Rig]
    audience: Audience

    async def tell(self, *told: EventData) -> None:
        async with unit_of_work(self.database, self.clock) as work:
            work.tell(*told)

    async def placements(self) -> Sequence[AnyRow]:
        async with self.database.reading() as connection:
            return (await connection.execute(select(placement))).all()

    async def worker_dies(self, at: Portal) -> None:
        process = await _start(self.plan.model_copy(update={"dies_at": at}))
        async with asyncio.timeout(PATIENCE):
            assert await process.wait() == -signal.SIGKILL

    async def worker_converges(self, generation: int) -> None:
        """Another worker, once the dead one's leases have run out."""
        self.clock.advance(LONGER_THAN_A_LEASE)
        process = await _start(self.plan)
        try:
            async with asyncio.timeout(PATIENCE):
                while not await self._all_seen(generation):  # noqa: ASYNC110 - a database rings no bell
                    await asyncio.sleep(0.1)
        finally:
            process.kill()
            await process.wait()

    async def _all_seen(self, generation: int) -> bool:
        rows = await self.placements()
        seen = [row for row in rows if row.observed_generation == row.generation == generation]
        return len(seen) == len(NUMBERS) * len(self.rigs)

    async def held(self) -> set[tuple[int, int, bool, int]]:
        """Generation, effects, visible, times listed: what all portals hold of all records."""
        views = [await rig.held(penalty(number)) for rig in self.rigs.values() for number in NUMBERS]
        return {(view["generation"], view["effects"], view["visible"], view["listed"]) for view in views}


@pytest.fixture(params=PAIRS)
def urls(request: pytest.FixtureRequest) -> tuple[str, str]:
    database, bus = request.param
    database_url = str(request.getfixturevalue(database))
    if bus == "embedded":
        return database_url, database_url.replace("test.db", "bus.db")
    return database_url, str(request.getfixturevalue(bus))


@asynccontextmanager
async def _scene(urls: tuple[str, str], audience: Audience, folder: Path) -> AsyncIterator[Scene]:
    clock = ShiftedClock(folder / "clock")
    options = replace(mock_options(folder / "portals"), clock=clock)
    await asyncio.to_thread(TABLES.upgrade, urls[0])
    async with AsyncExitStack() as stack:
        ports = {
            portal: await stack.enter_async_context(running_mock(portal, options)) for portal in PORTALS_OF[audience]
        }
        rigs = {
            portal: await stack.enter_async_context(rig_at(portal, options, port)) for portal, port in ports.items()
        }
        database = Database(urls[0], NAME)
        stack.push_async_callback(database.close)
        plan = Plan(
            database_url=urls[0],
            bus_url=urls[1],
            clock_file=folder / "clock",
            portals_dir=options.data_dir,
            ports=ports,
        )
        yield Scene(database, plan, clock, rigs, audience)


@pytest.mark.parametrize(("audience", "deadly"), DEATHS)
async def test_orders_that_a_killed_worker_had_sent_take_effect_once(
    urls: tuple[str, str], audience: Audience, deadly: Portal, tmp_path: Path
) -> None:
    async with _scene(urls, audience, tmp_path) as scene:
        await scene.tell(*(_online(scene, number) for number in NUMBERS))
        await scene.worker_dies(deadly)
        await _taken_and_not_written_down(scene, deadly, generation=1)
        await scene.worker_converges(1)
        assert await scene.held() == {(1, 1, True, 1)}

        await scene.tell(*(_offline(scene, number) for number in NUMBERS))
        await scene.worker_dies(deadly)
        await _taken_and_not_written_down(scene, deadly, generation=2)
        await scene.worker_converges(2)
        assert await scene.held() == {(2, 2, False, 0)}


async def _taken_and_not_written_down(scene: Scene, deadly: Portal, generation: int) -> None:
    rig = scene.rigs[deadly]

    async def taken() -> bool:
        """The exchange table is read by the portal in its own time."""
        held = [await rig.admin.get("/admin/records", params={"key": key}) for key in keys]
        return all(answer.status_code == 200 and answer.json()["generation"] == generation for answer in held)

    keys = [rig.adapter.portal_key(penalty(number)) for number in NUMBERS]
    await until(taken)
    rows = [row for row in await scene.placements() if row.portal == deadly]
    assert {(row.generation, row.acknowledged_generation) for row in rows} == {(generation, generation - 1)}


async def _start(plan: Plan) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.support.sync_worker_process", plan.model_dump_json(), cwd=CHECKOUT
    )


def _online(scene: Scene, number: int) -> PublicationOnline:
    return PublicationOnline(
        record_id=record_id(number),
        generation=1,
        audience=scene.audience,
        record=penalty(number),
        opens_on=date(2026, 1, 6),
        closes_on=date(2027, 3, 31),
        repair_from_on=None,
        rule_id="test",
        due_at=scene.clock.now() + timedelta(days=7),
    )


def _offline(scene: Scene, number: int) -> PublicationOffline:
    return PublicationOffline(
        record_id=record_id(number),
        generation=2,
        audience=scene.audience,
        reason=TakeDownReason.REPAIR_APPROVED,
        offline_on=date(2026, 3, 2),
        due_at=scene.clock.now() + timedelta(days=1),
    )
