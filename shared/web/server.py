"""Runs applications, one or several in one process, and stops all of them in order.

Lifespans are opened here and not by uvicorn, so that a refused start is one clear sentence and not a trace, and so
that every one of them has closed before the process ends. It never decides what is served.
"""

import asyncio
import gc
import signal
import socket
import sys
from collections.abc import Coroutine, Generator, Sequence
from contextlib import AsyncExitStack, contextmanager
from typing import Any, TypeVar

import structlog
import uvicorn
from fastapi import FastAPI

from shared.errors import StartRefused

log = structlog.get_logger()

Served = tuple[FastAPI, str, int]
"""An application, the address and the port that it listens on."""

_GRACE_SECONDS = 10
_KEEP_ALIVE_SECONDS = 30
_BACKLOG = 1024
_MOST_FILES = 65_536

# A batch of 500 rows is 3,300 objects while it is under way, eight of them at once: looking after every 5,000 took 5 %
# of admission and found nothing.
_COLLECT_AFTER = (50_000, 10, 20)

T = TypeVar("T")


async def serve(apps: Sequence[Served], stop: asyncio.Event) -> None:
    """Serve until `stop` is set, finish the requests under way, then close. Raises `StartRefused` for a taken port."""
    async with AsyncExitStack() as open_things:
        sockets = [open_things.enter_context(_listening(host, port)) for _, host, port in apps]
        for app, _, _ in apps:
            await open_things.enter_async_context(app.router.lifespan_context(app))
        servers = [_Server(_config(app)) for app, _, _ in apps]
        async with asyncio.TaskGroup() as running:
            running.create_task(_stop_all(servers, stop))
            for server, listener in zip(servers, sockets, strict=True):
                running.create_task(_serve_one(server, listener, stop))


def stop_on_signals() -> asyncio.Event:
    """An event that SIGTERM and SIGINT set; a second one ends the process the hard way."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def ask(number: signal.Signals) -> None:
        loop.remove_signal_handler(number)
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ask, number)
    return stop


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run a process's main coroutine on uvloop, or on asyncio's loop where uvloop does not exist."""
    _spare_the_collector()
    if sys.platform == "win32":
        return asyncio.run(main)
    import uvloop

    _open_as_many_files_as_allowed()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main)


def _spare_the_collector() -> None:
    """Leave what is loaded by now out of every collection, and collect the rest less often.

    Batches of rows are many small objects without cycles: looking through them and through all that was imported took
    60 of 170 µs that an admitted row cost.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_COLLECT_AFTER)


def _open_as_many_files_as_allowed() -> None:
    """Shells and systemd let a process begin with 1,024, for the sake of programs that use `select`: too few where each
    of a hundred subscribers holds sixteen connections open and never answers."""
    import resource

    present, allowed = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MOST_FILES if allowed == resource.RLIM_INFINITY else min(allowed, _MOST_FILES)
    if present != resource.RLIM_INFINITY and present < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, allowed))


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Signals belong to the process, not to one of several servers in it."""
        yield


def _config(app: FastAPI) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        loop="none",
        http="auto",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        backlog=_BACKLOG,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )


async def _serve_one(server: uvicorn.Server, listener: socket.socket, stop: asyncio.Event) -> None:
    """When one server ends, for whatever reason, the others end too: half a process helps nobody."""
    try:
        await server.serve(sockets=[listener])
    finally:
        stop.set()


async def _stop_all(servers: Sequence[uvicorn.Server], stop: asyncio.Event) -> None:
    await stop.wait()
    log.info("servers_stopping", count=len(servers))
    for server in servers:
        server.should_exit = True


@contextmanager
def _listening(host: str, port: int) -> Generator[socket.socket, None, None]:
    """A socket bound before anything is started, so that a taken port changes nothing."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        raise StartRefused(
            f"cannot listen on {host} port {port} ({error.strerror}): free it or choose another"
        ) from None
    with listener:
        yield listener
