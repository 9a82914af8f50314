"""On PostgreSQL a commit in one process wakes the timers of another; without a listener nothing is lost but time."""

import asyncio

from sqlalchemy import make_url, text
from structlog.testing import capture_logs

from shared.bells import Bells
from shared.clock import SystemClock
from shared.database.engine import Database
from shared.database.listening import Listener
from shared.messaging.unit_of_work import unit_of_work
from tests.support.fault_proxy import FaultMode, FaultProxy

NAME = "sync.changes"
PATIENCE = 60.0
_CUT_THE_LISTENER = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'"
)


async def _ring_until_heard(database: Database, bell: asyncio.Event) -> None:
    async with asyncio.timeout(PATIENCE):
        while not bell.is_set():
            async with unit_of_work(database, SystemClock()) as work:
                work.wake(NAME, everywhere=True)
            await asyncio.sleep(0.05)


async def _work_ends(stop: asyncio.Event, listening: asyncio.Task[None]) -> None:
    stop.set()
    await asyncio.wait_for(listening, PATIENCE)


async def test_a_commit_rings_in_its_own_process_and_in_another(postgres_url: str) -> None:
    here, elsewhere, stop = Database(postgres_url, "sync"), Bells(), asyncio.Event()
    listening = asyncio.create_task(Listener(postgres_url, "sync", elsewhere).run(stop))
    await _ring_until_heard(here, elsewhere.of(NAME))
    assert here.bells.of(NAME).is_set()
    await _work_ends(stop, listening)
    await here.close()


async def test_what_is_rolled_back_rings_nowhere(tmp_sqlite_url: str) -> None:
    database = Database(tmp_sqlite_url, "sync")
    try:
        async with unit_of_work(database, SystemClock()) as work:
            work.wake(NAME)
            raise RuntimeError("the use case failed")
    except RuntimeError:
        pass
    assert not database.bells.of(NAME).is_set()
    await database.close()


async def test_a_listener_whose_connection_was_cut_listens_again(postgres_url: str) -> None:
    here, elsewhere, stop = Database(postgres_url, "sync"), Bells(), asyncio.Event()
    listening = asyncio.create_task(Listener(postgres_url, "sync", elsewhere).run(stop))
    await _ring_until_heard(here, elsewhere.of(NAME))
    async with here.writing() as connection:
        cut = (await connection.execute(_CUT_THE_LISTENER)).all()
    assert cut
    elsewhere.of(NAME).clear()
    await asyncio.sleep(0.2)
    elsewhere.of(NAME).clear()
    await _ring_until_heard(here, elsewhere.of(NAME))
    await _work_ends(stop, listening)
    await here.close()


async def test_a_listener_whose_connection_swallows_everything_notices_and_listens_on_another(
    postgres_url: str,
) -> None:
    """Nobody tells it that the way is dead: no byte and no reset comes."""
    here, elsewhere, stop = Database(postgres_url, "sync"), Bells(), asyncio.Event()
    server = make_url(postgres_url)
    async with FaultProxy(server.host or "", server.port or 0) as proxy:
        listener = Listener(proxy.url(postgres_url), "sync", elsewhere, asks_every=0.2, answers_within=0.5)
        listening = asyncio.create_task(listener.run(stop))
        await _ring_until_heard(here, elsewhere.of(NAME))
        with capture_logs() as told:
            await proxy.set_mode(FaultMode.BLACK_HOLE)
            async with asyncio.timeout(PATIENCE):
                while not told:  # noqa: ASYNC110 - a log rings no bell
                    await asyncio.sleep(0.02)
        assert (told[0]["event"], told[0]["error"]) == ("bells_not_heard", "TimeoutError")
        await proxy.set_mode(FaultMode.PASS)
        elsewhere.of(NAME).clear()
        await _ring_until_heard(here, elsewhere.of(NAME))
        await _work_ends(stop, listening)
    await here.close()
