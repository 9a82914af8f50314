"""One private server for all workers of a test run, started by the first and gone after the last.

A holder process (this module run as a program) owns the server. Every user holds a shared lock on a file; the holder
waits for the exclusive one, which the kernel grants when the last user has left, even by SIGKILL. So nothing counts
references and nothing is left behind.
"""

import fcntl
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from services.local.folders import passable_folder
from services.local.private_postgres import PostgresServer, private_postgres
from services.local.private_rabbitmq import RabbitServer, private_rabbitmq
from shared.clock import stopwatch

_START_SECONDS = 90
_FAREWELL_SECONDS = 15
_CHECKOUT = Path(__file__).parents[2]


@dataclass(frozen=True)
class ServerAddress:
    """Where a server answers; `management_url` is RabbitMQ's HTTP API."""

    url: str
    management_url: str | None = None


@contextmanager
def _rabbitmq(folder: Path) -> Iterator[RabbitServer]:
    with private_rabbitmq(folder, management=True) as server:
        yield server
        server.kill()  # nobody reads its data again, and an orderly end takes 6 s


_STARTERS: dict[str, Callable[[Path], AbstractContextManager[PostgresServer | RabbitServer]]] = {
    "postgres": private_postgres,
    "rabbitmq": _rabbitmq,
}


@contextmanager
def shared_server(kind: str, run_folder: Path) -> Iterator[ServerAddress]:
    """The run's one server of a kind (`postgres`, `rabbitmq`), started if nobody did so yet."""
    with (run_folder / f"{kind}.users").open("a") as users:
        with (run_folder / f"{kind}.starter").open("a") as starter:
            fcntl.flock(starter, fcntl.LOCK_EX)
            fcntl.flock(users, fcntl.LOCK_SH)
            holder = None
            if not _address_file(kind, run_folder).exists():
                holder = _start_holder(kind, run_folder)
            address = _read_address(kind, run_folder)
        yield address
    if holder is not None:  # so that the run ends without a server
        try:
            holder.wait(timeout=_FAREWELL_SECONDS)
        except subprocess.TimeoutExpired:
            holder.returncode = 0  # other workers are still busy with it; nobody is to miss its end here


def hold(kind: str, run_folder: Path) -> None:
    """The holder's whole life: start, tell the address, wait for the last user to leave, end."""
    with passable_folder() as folder, _STARTERS[kind](folder) as server:
        told = _address_file(kind, run_folder)
        address = ServerAddress(server.url, getattr(server, "management_url", None))
        told.with_suffix(".partial").write_text(json.dumps(asdict(address)), encoding="utf-8")
        told.with_suffix(".partial").rename(told)
        with (run_folder / f"{kind}.users").open("a") as users:
            fcntl.flock(users, fcntl.LOCK_EX)
            told.unlink()  # whoever comes now starts a new one


def _start_holder(kind: str, run_folder: Path) -> subprocess.Popen[bytes]:
    log = run_folder / f"{kind}.log"
    with log.open("ab") as output:
        holder = subprocess.Popen(
            [sys.executable, "-m", "tests.support.shared_server", kind, run_folder],
            cwd=_CHECKOUT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    deadline = stopwatch() + _START_SECONDS
    while not _address_file(kind, run_folder).exists():
        if holder.poll() is not None or stopwatch() > deadline:
            holder.terminate()
            holder.wait()
            raise RuntimeError(f"the shared {kind} did not start: {log.read_text(encoding='utf-8')[-2000:]}")
        time.sleep(0.02)
    return holder


def _read_address(kind: str, run_folder: Path) -> ServerAddress:
    return ServerAddress(**json.loads(_address_file(kind, run_folder).read_text(encoding="utf-8")))


def _address_file(kind: str, run_folder: Path) -> Path:
    return run_folder / f"{kind}.address"


if __name__ == "__main__":
    hold(sys.argv[1], Path(sys.argv[2]))
