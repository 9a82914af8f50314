"""Puts a stand-in together: store, public pages, administrator's endpoints, faults; its own interface comes on top."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass

import structlog
from fastapi import APIRouter, FastAPI
from starlette.routing import BaseRoute

from services.sync.mock_portals.common.admin import admin_router
from services.sync.mock_portals.common.disturbance import Disturbance
from services.sync.mock_portals.common.face import Face
from services.sync.mock_portals.common.faults import Faults
from services.sync.mock_portals.common.options import MockOptions
from services.sync.mock_portals.common.public import PublicPages
from services.sync.mock_portals.common.store import RecordStore
from shared.errors import Unavailable
from shared.vocabulary import Portal

_LONGEST_PAUSE = 5.0
_IDLE_PAUSE = 0.5

_log = structlog.get_logger()


@dataclass(frozen=True)
class Parts:
    """What a portal's own interface builds upon."""

    portal: Portal
    options: MockOptions
    faults: Faults
    store: RecordStore
    pages: PublicPages


def new_parts(portal: Portal, options: MockOptions, face: Face) -> Parts:
    options.data_dir.mkdir(parents=True, exist_ok=True)
    faults = Faults()
    database = options.database(options.state_url(portal), "mock")
    store = RecordStore(database, face.layouts, faults, options.clock)
    return Parts(portal, options, faults, store, PublicPages(face, store, faults, options.page_size))


def assemble(
    parts: Parts,
    *,
    api: APIRouter | None = None,
    routes: Sequence[BaseRoute] = (),
    on_open: Callable[[], Awaitable[None]] | None = None,
    each_round: Callable[[], Awaitable[int]] | None = None,
    on_close: Callable[[], Awaitable[None]] | None = None,
    on_faults: Callable[[], Awaitable[None]] | None = None,
) -> FastAPI:
    """`each_round` is repeated while the portal runs: the work that it does on its own schedule; it tells how much that
    was, and rounds with nothing to do become rarer. With an
    `intake_seconds` of 0 whoever runs the portal calls it, as `app.state.each_round`."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as at_the_end:
            at_the_end.push_async_callback(parts.store.close)
            await parts.store.open()
            if on_close:
                at_the_end.push_async_callback(on_close)
            if on_open:
                await on_open()
            if each_round and parts.options.intake_seconds:
                rounds = asyncio.create_task(_repeat(each_round, parts.options.intake_seconds))
                at_the_end.push_async_callback(_end, rounds)
            yield

    app = FastAPI(title=f"mock {parts.portal}", lifespan=lifespan, openapi_url=None)
    app.state.each_round = each_round
    app.router.routes.extend([*routes, *parts.pages.routes()])
    app.include_router(admin_router(parts.store, parts.faults, parts.options.admin_token, on_faults))
    if api is not None:
        app.include_router(api)
    app.add_middleware(Disturbance, faults=parts.faults)
    return app


async def _end(rounds: asyncio.Task[None]) -> None:
    rounds.cancel()
    with suppress(asyncio.CancelledError):
        await rounds


async def _repeat(work: Callable[[], Awaitable[int]], pause: float) -> None:
    """A round that fails because a database is away is tried again, ever more slowly; nothing else is swallowed."""
    failures, idle = 0, 0
    while True:
        try:
            idle = 0 if await work() else idle + 1
            failures = 0
        except Unavailable as error:
            failures += 1
            _log.warning("mock_portal_round_failed", error=str(error))
        rest = min(pause * 2**failures, _LONGEST_PAUSE)
        await asyncio.sleep(max(rest, min(pause * 2 ** min(idle, 8), _IDLE_PAUSE)))
