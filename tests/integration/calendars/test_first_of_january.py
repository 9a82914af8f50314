"""No year is loaded and the first of January comes: every timer of every service runs, and records go on (G11)."""

from contextlib import AsyncExitStack
from datetime import date
from importlib import import_module
from pathlib import Path

import pytest

from services.sync.settings import SyncSettings
from shared.messaging.bus import Bus
from shared.messaging.topology import QUEUES
from shared.runtime import Ground, Worker
from shared.vocabulary import Portal
from tests.support import rows
from tests.support.buses import make_bus, opened
from tests.support.calendar_house import CalendarHouse
from tests.support.messaging_house import running, until
from tests.support.portal_fake import PortalFake

YEAR_2027 = 'year = 2027\nsources = ["样例通知"]\noff = [2027-01-01]\non = []\n'


def worker_of(name: str, ground: Ground, data_dir: Path) -> Worker:
    """The background side of a service, as the house wires it; only the portals are in memory."""
    app = import_module(f"services.{name}.app")
    if name == "sync":
        portals = {portal: PortalFake(portal) for portal in Portal}
        worker: Worker = app.create_worker(SyncSettings(data_dir=data_dir), ground, portals)
        return worker
    settings = getattr(import_module(f"services.{name}.settings"), f"{name.capitalize()}Settings")
    takes_settings = "settings" in app.create_worker.__annotations__
    built: Worker = app.create_worker(*([settings(data_dir=data_dir)] if takes_settings else []), ground)
    return built


def workers(house: CalendarHouse, bus: Bus, data_dir: Path) -> dict[str, Worker]:
    return {
        name: worker_of(name, Ground(service.database, bus, service.clock), data_dir)
        for name, service in house.services.items()
    }


@pytest.mark.parametrize("year", [2027, 2028])
async def test_no_timer_fails_on_the_first_of_january_of_a_year_that_is_not_announced(
    house: CalendarHouse, tmp_path: Path, year: int
) -> None:
    house.go_to(date(year - 1, 12, 31))
    row = rows.penalty(1, CF_JDRQ=f"{year - 1}-12-31", CF_YXQ=f"{year}-12-30")
    answer = await house["ingest"].post("/v1/batches", {"kind": "penalty", "rows": [row]})
    record_id = answer.json()["verdicts"][0]["record_id"]
    await house.carry()
    async with opened(make_bus(f"sqlite+aiosqlite:///{tmp_path / 'bus.db'}", topology=QUEUES)) as bus:
        all_workers = workers(house, bus, tmp_path)
        for hours in (0, 9, 24):
            house.go_to(date(year, 1, 1), hours=hours)
            for worker in all_workers.values():
                for timer in worker.timers:
                    await timer.job()
        for worker in all_workers.values():
            for close in worker.close_things:
                await close()
    withdrawal = {"kind": "revoked", "statement_of_reasons": "行政复议决定撤销。", "withdrawn_on": f"{year}-01-01"}
    answer = await house["ingest"].post(f"/v1/records/{record_id}/withdrawal", withdrawal)
    assert answer.is_success, answer.text
    await house.carry()
    assert {due[0] for due in await house.dues("disclosure")} == {"withdrawal"}
    assert {due[3] for name in ("disclosure", "sync") for due in await house.dues(name)} == {True}


async def test_running_workers_hear_of_a_loaded_year_over_the_bus(house: CalendarHouse, tmp_path: Path) -> None:
    async with opened(make_bus(f"sqlite+aiosqlite:///{tmp_path / 'bus.db'}", topology=QUEUES)) as bus:
        built = workers(house, bus, tmp_path)
        async with AsyncExitStack() as stack:
            for worker in built.values():
                await stack.enter_async_context(running(worker.run))
            await house.load(YEAR_2027)
            await until(lambda: _everybody_knows(house))


async def _everybody_knows(house: CalendarHouse) -> bool:
    return {str(await house.until(name)) for name in house.services} == {"2027-12-31"}
