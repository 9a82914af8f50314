"""Three workers of one portal and two thousand orders, counted where they arrive: each once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from sqlalchemy import func, select

from services.sync.mock_portals.common.options import MockOptions
from services.sync.mock_portals.common.tables import receipt
from services.sync.portals.credit_china.adapter import CreditChina
from services.sync.push import PushDesk
from services.sync.tables import push_attempt
from shared.clock import SystemClock
from shared.database.engine import Database
from tests.conformance.portal_rig import CLOSES_ON, penalty, portal_options, running_mock
from tests.support.sync_house import CHINA, SyncHouse, online

ORDERS = 2_000
WORKERS = 3
A_MESSAGE = 100


@pytest.fixture
async def desks(house: SyncHouse, tmp_path: Path) -> AsyncIterator[list[PushDesk]]:
    """Three workers, each with connections of its own to the database and to the portal."""
    options = MockOptions(tmp_path)
    async with AsyncExitStack() as stack:
        port = await stack.enter_async_context(running_mock(CHINA, options))
        desks = []
        for _ in range(WORKERS):
            database = Database(house.database.url, house.database.schema)
            adapter = CreditChina(portal_options(options, port))
            stack.push_async_callback(database.close)
            stack.push_async_callback(adapter.close)
            desks.append(PushDesk(database, SystemClock(), adapter))
        yield desks


async def test_three_workers_send_each_of_two_thousand_orders_once(
    house: SyncHouse, desks: list[PushDesk], tmp_path: Path
) -> None:
    told = (online(n).model_copy(update={"record": penalty(n), "closes_on": CLOSES_ON}) for n in range(ORDERS))
    await house.hear(*told)
    waiting = iter([A_MESSAGE] * (ORDERS // A_MESSAGE))

    async def work(desk: PushDesk) -> int:
        """Messages as they come from the queue; each only says that there is work."""
        handled = 0
        for orders in waiting:
            await desk.push(orders)
            handled += 1
        return handled

    shares = await asyncio.gather(*map(work, desks))
    assert all(shares)
    attempts = select(func.count(), func.count(push_attempt.c.record_id.distinct()))
    assert [tuple(row) for row in await house.rows(attempts)] == [(ORDERS, ORDERS)]
    portal = Database(f"sqlite+aiosqlite:///{tmp_path / 'credit_china.db'}", "mock")
    async with portal.reading() as connection:
        rows = select(func.count(), func.count(receipt.c.idempotency_key.distinct()))
        assert (await connection.execute(rows)).one() == (ORDERS, ORDERS)
    await portal.close()
