"""Whoever watches sees that a portal is not read, why, what waits and since when: the same from every process."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client import REGISTRY
from sqlalchemy import update

from services.local.orders import show_channels
from services.local.ports import LOOPBACK, free_ports
from services.sync import channel
from services.sync.app import NAME, create_app
from services.sync.domain.channel import Pace
from services.sync.domain.reading import LATE, Due, Hold, Reading
from services.sync.reading import readings
from services.sync.settings import SyncSettings
from services.sync.tables import portal_channel
from services.sync.waiting import tell_waiting
from shared.database.engine import Database
from shared.messaging.unit_of_work import unit_of_work
from shared.vocabulary import Portal
from tests.support.portal_fake import Act
from tests.support.sync_house import CHINA, SyncHouse, online, record
from tests.support.web import TestIssuer, served

PACES: Mapping[Portal, Pace] = {portal: Pace() for portal in Portal}
LONG = LATE + timedelta(seconds=1)


async def test_looks_and_receipts_that_are_due_are_counted_and_gone_when_they_were_made(house: SyncHouse) -> None:
    house.china.plan(record(3), Act.PEND)
    house.china.receipts_ready = False
    began = house.clock.now()
    await house.hear(online(1), online(2), online(3))
    await house.push()
    house.clock.advance(timedelta(seconds=10))
    waiting = (await _readings(house.database, house))[CHINA]
    assert (waiting.due.looks, waiting.due.receipts, waiting.due.oldest_due_at) == (2, 1, began)
    assert waiting.held_by is None
    assert (await _readings(house.database, house))[Portal.CREDIT_JIANGSU].due.looks == 0
    house.china.receipts_ready = True
    await house.settle()
    assert (await _readings(house.database, house))[CHINA] == Reading(Due())


async def test_a_portal_that_asked_not_to_be_read_shows_until_when_and_what_waits_to_every_process(
    house: SyncHouse, tmp_path: Path
) -> None:
    await house.hear(online(1))
    await house.push()
    until = await _hold(house, timedelta(minutes=10))
    assert await house.look() == 0
    second = Database(house.database.url, NAME)
    try:
        for database in (house.database, second):
            found = (await _readings(database, house))[CHINA]
            assert (found.held_by, found.until, found.due.looks) == (Hold.PORTAL_ASKED, until, 1)
    finally:
        await second.close()
    house.clock.advance(timedelta(minutes=10))
    assert await house.look() == 1
    assert (await _readings(house.database, house))[CHINA].held_by is None


async def test_looks_that_are_late_say_whether_orders_used_the_budget_up_or_nobody_reads(house: SyncHouse) -> None:
    await house.hear(online(1))
    await house.push()
    house.clock.advance(LONG)
    assert (await _readings(house.database, house))[CHINA].held_by is Hold.BEHIND
    async with house.database.writing() as connection:
        used_up = {"tokens": -100.0, "read_tokens": 0.0, "refilled_at": house.clock.now()}
        await connection.execute(update(portal_channel).values(**used_up))
    assert (await _readings(house.database, house))[CHINA].held_by is Hold.BUDGET_SPENT


async def test_the_figures_say_what_holds_reading_and_go_back_to_nothing(house: SyncHouse) -> None:
    await house.hear(online(1))
    await house.push()
    await _hold(house, timedelta(minutes=10))
    house.clock.advance(timedelta(seconds=90))
    await tell_waiting(house.database, house.clock, PACES)
    assert _held() == {Hold.PORTAL_ASKED: 1, Hold.BUDGET_SPENT: 0, Hold.BEHIND: 0}
    assert _figure("portal_reading_waiting", errand="look") == 1
    assert _figure("portal_reading_waiting", errand="receipt") == 0
    assert _figure("portal_oldest_reading_age_seconds") == 90
    house.clock.advance(timedelta(minutes=10))
    await house.settle()
    await tell_waiting(house.database, house.clock, PACES)
    assert _held() == dict.fromkeys(Hold, 0)
    assert (_figure("portal_reading_waiting", errand="look"), _figure("portal_oldest_reading_age_seconds")) == (0, 0)


async def test_the_call_and_the_terminal_tell_of_held_reading(
    house: SyncHouse, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "400")
    async with _door(house, tmp_path) as (at, token):
        await show_channels(at, token)
        assert "asked not to be read" not in capsys.readouterr().out
        await house.hear(online(1))
        await house.push()
        held = await _hold(house, timedelta(days=365 * 50))
        told = await _channels(at, token)
        assert {name: told[name] for name in ("held_by", "looks_waiting", "receipts_waiting")} == {
            "held_by": "portal_asked",
            "looks_waiting": 1,
            "receipts_waiting": 0,
        }
        assert datetime.fromisoformat(told["until"]) == held
        assert datetime.fromisoformat(told["oldest_due_at"]) == house.clock.now()
        await show_channels(at, token)
        shown = capsys.readouterr().out
        cells = next(line for line in shown.splitlines() if "asked not to be read" in line).replace("│", "|")
        assert [cell.strip() for cell in cells.strip("|").split("|")] == [
            CHINA, "1", "0", told["oldest_due_at"], "the portal asked not to be read (平台要求暂缓)", told["until"]
        ]  # fmt: skip


async def _readings(database: Database, house: SyncHouse) -> dict[Portal, Reading]:
    async with database.reading() as connection:
        return await readings(connection, await channel.read_channels(connection), PACES, house.clock.now())


async def _hold(house: SyncHouse, pause: timedelta) -> datetime:
    async with unit_of_work(house.database, house.clock) as work:
        await channel.hold_reads(work, CHINA, pause)
    return house.clock.now() + pause


def _figure(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(name, {"portal": CHINA, **labels})


def _held() -> dict[Hold, float | None]:
    return {reason: _figure("portal_reading_held", reason=reason) for reason in Hold}


@asynccontextmanager
async def _door(house: SyncHouse, folder: Path) -> AsyncIterator[tuple[str, str]]:
    issuer, port = TestIssuer(), free_ports(1)[0]
    app = create_app(SyncSettings(data_dir=folder, jwks="http://127.0.0.1:9/jwks.json"), house.database)
    app.state.verifier = issuer.verifier()
    async with served((app, port)):
        yield f"http://{LOOPBACK}:{port}", issuer.token(scope="sync:read")


async def _channels(at: str, token: str) -> dict[str, Any]:
    async with httpx.AsyncClient(base_url=at, headers={"Authorization": f"Bearer {token}"}) as client:
        answer = await client.get("/v1/channels")
    assert answer.status_code == 200
    return next(one["reading"] for one in answer.json() if one["portal"] == CHINA)
