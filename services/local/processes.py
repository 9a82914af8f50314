"""Runs a house as child processes: one for everything, or one for each role on real servers."""

import os
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from services import house
from services.local.addresses import environment
from services.local.folders import passable_folder
from services.local.keeper import KeptProcess
from services.local.private_postgres import private_postgres
from services.local.private_rabbitmq import private_rabbitmq
from shared.vocabulary import Portal

_GRACE_SECONDS = 15


def roles() -> Iterator[tuple[str, str]]:
    """Every process of a house: the command and its argument."""
    yield "serve", "issuer"
    for portal in Portal:
        yield "portal", portal
    for service in house.SERVICES:
        yield "serve", service
        yield "work", service


@contextmanager
def one_process(settings: Mapping[str, Any]) -> Iterator[dict[str, KeptProcess]]:
    """Everything in one child process."""
    house.migrate(settings)
    with ExitStack() as stack:
        yield {"everything": _start(stack, ["up", "--records", "0"], settings)}


@contextmanager
def process_a_role(settings: Mapping[str, Any]) -> Iterator[dict[str, KeptProcess]]:
    """One child process a role, as in production."""
    house.migrate(settings)
    with ExitStack() as stack:
        yield {f"{command} {name}": _start(stack, [command, name], settings) for command, name in roles()}


@contextmanager
def private_servers() -> Iterator[dict[str, str]]:
    """A PostgreSQL and a RabbitMQ of our own, as settings."""
    with (
        passable_folder() as folder,
        private_postgres(folder, durable=True) as postgres,
        private_rabbitmq(folder) as rabbitmq,
    ):
        yield {
            "database_url": postgres.url,
            "bus_url": rabbitmq.url,
            "credit_jiangsu_exchange_url": postgres.url,
        }


def _start(stack: ExitStack, arguments: list[str], settings: Mapping[str, Any]) -> KeptProcess:
    log = Path(settings["data_dir"]) / "logs" / f"{'-'.join(arguments[:2])}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    process = KeptProcess(
        [sys.executable, "-m", "services.cli", *arguments],
        log=log,
        environment={**os.environ, **environment(settings)},
        user=None,
        stop_signal=signal.SIGTERM,
        grace_seconds=_GRACE_SECONDS,
    )
    stack.callback(process.stop)
    return process
