"""A whole house in a process of its own, as `creditsync up` starts it, with somebody who may sign in."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from services.accounts.roles import Role
from services.accounts.store import Accounts
from services.local.addresses import Addresses, environment
from services.local.ports import is_listening
from services.sync.reconciliation.runs import SETTLE
from shared.clock import SystemClock

PASSWORD = "correct horse battery"
PATIENCE_SECONDS = 120
_READY = "Everything is running"


@dataclass(frozen=True)
class RunningHouse:
    """Its addresses, its data folder, and what it has printed so far."""

    addresses: Addresses
    data_dir: Path
    printed: Path
    seen_at: list[float] = field(default_factory=list)

    def settle(self) -> None:
        """Wait until a reconciliation counts what the start has put on the portals: it spares what was answered a
        moment ago, and a fast machine asks for one sooner than that."""
        time.sleep(max(0.0, self.seen_at[0] + SETTLE.total_seconds() + 1 - time.monotonic()))

    def person(self, name: str, role: Role) -> str:
        """Make an account, and give its name."""
        accounts = Accounts(self.data_dir, SystemClock())
        accounts.accept(accounts.invite(name, role), PASSWORD)
        return name


@contextmanager
def another_dashboard(house: RunningHouse, port: int, more: Mapping[str, str] | None = None) -> Iterator[str]:
    """One more process of the dashboard before the same house; its address. Cookies do not know ports, so whoever is
    signed in at the first is at this one."""
    address = f"http://127.0.0.1:{port}"
    own = {"CREDITSYNC_DASHBOARD_PORT": str(port), "CREDITSYNC_DASHBOARD_URL": address}
    given = {**os.environ, **environment(house.addresses.settings(house.data_dir)), **own, **(more or {})}
    with (house.data_dir.parent / f"dashboard-{port}.txt").open("wb") as printed:
        process = subprocess.Popen(
            [sys.executable, "-m", "services.cli", "serve", "dashboard"], env=given, stdout=printed, stderr=printed
        )
        try:
            ends = time.monotonic() + PATIENCE_SECONDS
            while not is_listening(port):
                assert process.poll() is None and time.monotonic() < ends
                time.sleep(0.1)
            yield address
        finally:
            _end(process)


@contextmanager
def running_house(folder: Path, *, records: int = 60, more: Mapping[str, str] | None = None) -> Iterator[RunningHouse]:
    """Start the house, wait until its feed is seen on the portals, and end it by its process id."""
    addresses = Addresses.free()
    house = RunningHouse(addresses, folder / "var", folder / "printed.txt")
    given = {**os.environ, **environment(addresses.settings(house.data_dir)), **(more or {}), "COLUMNS": "200"}
    with house.printed.open("wb") as printed:
        process = subprocess.Popen(
            [sys.executable, "-m", "services.cli", "up", "--records", str(records)],
            env=given,
            stdout=printed,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait(house, process)
            yield house
        finally:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def invitation_of(house: RunningHouse) -> str:
    """The one-time link that the first start printed."""
    found = re.search(r"http\S+/invitation\?code=\S+", house.printed.read_text("utf-8"))
    assert found, house.printed.read_text("utf-8")
    return found.group()


def _wait(house: RunningHouse, process: subprocess.Popen[bytes]) -> None:
    ends = time.monotonic() + PATIENCE_SECONDS
    while _READY not in house.printed.read_text("utf-8"):
        assert process.poll() is None and time.monotonic() < ends, house.printed.read_text("utf-8")[-4000:]
        time.sleep(0.2)
    house.seen_at.append(time.monotonic())
