"""The jobs of the comparison with disclosure (告知核对): asked for every night, carried on step by step."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from services.sync.decided import store
from services.sync.decided.compare import CompareDesk, ask, go_on
from services.sync.decided.domain.difference import Kind
from services.sync.decided.source import DecidedSource
from services.sync.metrics import DECIDED_AGE, DECIDED_DIFFERENCES, DECIDED_HELD
from shared.errors import Unavailable
from shared.messaging.unit_of_work import UnitOfWork, unit_of_work
from shared.runtime import Ground
from shared.timers import Daily, Timer

OpenSource = Callable[[], AbstractAsyncContextManager[DecidedSource]]
"""Opens the way to disclosure when a step is taken; raises `Unavailable` when there is none."""

EVERY_SECONDS = 30.0


def timers(ground: Ground, open_source: OpenSource, cron: str) -> list[Timer]:
    async def ask_daily(work: UnitOfWork) -> None:
        await ask(work)

    return [
        Daily("sync.decided_daily", cron, ground.database, ground.clock, ask_daily).timer(),
        Timer("sync.decided", EVERY_SECONDS, lambda: work_off(ground, open_source)),
        Timer("sync.decided_age", EVERY_SECONDS, lambda: tell_decided(ground)),
    ]


async def work_off(ground: Ground, open_source: OpenSource) -> int:
    """A step of the comparison that goes on; nobody asks disclosure while there is none."""
    async with ground.database.reading() as connection:
        check = await store.open_check(connection)
    if check is None:
        return 0
    try:
        async with open_source() as source:
            await go_on(CompareDesk(ground.database, ground.clock, ground.bus, source))
    except Unavailable as error:
        async with unit_of_work(ground.database, ground.clock) as work:
            await store.explain(work, check.check_id, str(error))
        raise
    return 0


async def tell_decided(ground: Ground) -> int:
    """Publish what is open; what was told again and heard since is open no more."""
    async with ground.database.reading() as connection:
        found = await store.has_differences(connection)
    if found:
        async with unit_of_work(ground.database, ground.clock) as work:
            await store.forget_heard(work)
    async with ground.database.reading() as connection:
        counts = await store.counts(connection)
        last = await store.newest_finished(connection)
        since = last.finished_at if last else await store.first_asked_at(connection)
        held = await store.count_lost(connection) if last and last.held else 0
    for kind in Kind:
        DECIDED_DIFFERENCES.labels(kind).set(counts.get(kind, 0))
    DECIDED_HELD.set(held)
    DECIDED_AGE.set((ground.clock.now() - since).total_seconds() if since else 0.0)
    return 0
