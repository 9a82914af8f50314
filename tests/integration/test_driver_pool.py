"""Connections of the driver's own are used again when they are sound, and only then."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import asyncpg
import pytest
from sqlalchemy import make_url

from shared.database.driver_pool import GONE, DriverPool

pytestmark = pytest.mark.real
PID = "SELECT pg_backend_pid() AS pid"
PATIENCE = 120.0


@pytest.fixture
async def pool(postgres_url: str) -> AsyncIterator[DriverPool]:
    pool = DriverPool(_address(postgres_url), {"application_name": "driver_pool"})
    yield pool
    await pool.close()


def _address(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


async def pid(pool: DriverPool) -> int:
    return int((await pool.fetch(PID, []))[0]["pid"])


async def pids(pool: DriverPool, looks: int) -> set[int]:
    slow = "SELECT pg_backend_pid() AS pid FROM pg_sleep($1)"
    found = await asyncio.gather(*(pool.fetch(slow, [0.05]) for _ in range(looks)))
    return {int(rows[0]["pid"]) for rows in found}


async def test_one_look_after_another_takes_one_connection_and_many_at_once_take_eight(pool: DriverPool) -> None:
    assert len({await pid(pool) for _ in range(5)}) == 1
    assert len(await pids(pool, 40)) == 8
    assert len(await pids(pool, 40) | await pids(pool, 3)) == 8


async def test_a_statement_that_the_server_refuses_leaves_its_connection_sound(pool: DriverPool) -> None:
    before = await pid(pool)
    with pytest.raises(asyncpg.DivisionByZeroError):
        await pool.fetch("SELECT 1 / $1::integer", [0])
    assert await pid(pool) == before


async def test_a_statement_that_is_cut_short_gives_its_connection_up_and_its_turn_back(pool: DriverPool) -> None:
    before = await pid(pool)
    for _ in range(10):
        look = asyncio.create_task(pool.fetch("SELECT pg_sleep($1)", [5.0]))
        await asyncio.sleep(0.02)
        look.cancel()
        with pytest.raises(asyncio.CancelledError):
            await look
    assert await asyncio.wait_for(pid(pool), PATIENCE) != before


async def test_a_statement_that_is_cut_short_ends_at_the_server_too(pool: DriverPool, postgres_url: str) -> None:
    other = DriverPool(_address(postgres_url), {})
    busy = (
        "SELECT count(*) AS them FROM pg_stat_activity WHERE datname = current_database() "
        "AND application_name = 'driver_pool' AND state = 'active'"
    )

    async def until(them: int) -> None:
        while (await other.fetch(busy, []))[0]["them"] != them:  # noqa: ASYNC110 - a database rings no bell
            await asyncio.sleep(0.02)

    try:
        look = asyncio.create_task(pool.fetch("SELECT pg_sleep($1)", [600.0]))
        await asyncio.wait_for(until(1), PATIENCE)
        look.cancel()
        await asyncio.wait([look])
        await asyncio.wait_for(until(0), PATIENCE)
    finally:
        await other.close()


async def test_when_the_server_has_ended_them_at_most_one_look_notices(pool: DriverPool, postgres_url: str) -> None:
    known = await pids(pool, 8)
    other = DriverPool(_address(postgres_url), {})
    try:
        await other.fetch("SELECT pg_terminate_backend(pid, 60000) FROM unnest($1::integer[]) AS pid", [sorted(known)])
    finally:
        await other.close()
    with suppress(*GONE):
        await pid(pool)
    assert await pid(pool) not in known
    assert not await pids(pool, 8) & known


async def test_after_the_end_nothing_is_carried_out(pool: DriverPool) -> None:
    await pid(pool)
    await pool.close()
    with pytest.raises(asyncpg.InterfaceError, match="closed"):
        await pid(pool)
