"""Children of a case: the servers under test, ended with it, and the peak of their memory.

Each lives exactly as long as the case that started it (`services.local.keeper`), even when that is killed.
"""

import os
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from services.local.keeper import KeptProcess
from services.local.ports import is_listening
from shared.clock import stopwatch

CHECKOUT = Path(__file__).parents[2]
_START_SECONDS = 60
_GRACE_SECONDS = 15


@contextmanager
def python(*arguments: str, log: Path, environment: Mapping[str, str], port: int | None = None) -> Iterator[None]:
    """`python -m ARGUMENTS` as a child, until the block ends. With `port` the block begins when it listens there."""
    process = KeptProcess(
        [sys.executable, "-m", *arguments],
        log=log,
        environment={**os.environ, "PYTHONPATH": str(CHECKOUT), **environment},
        user=None,
        stop_signal=signal.SIGTERM,
        grace_seconds=_GRACE_SECONDS,
    )
    try:
        if port is not None:
            _wait_for(process, port, log)
        yield
    finally:
        process.stop()


def _wait_for(process: KeptProcess, port: int, log: Path) -> None:
    deadline = stopwatch() + _START_SECONDS
    while not is_listening(port):
        if not process.running or stopwatch() > deadline:
            tail = log.read_text(encoding="utf-8", errors="replace")[-2000:]
            raise RuntimeError(f"nothing listens on port {port}: {tail}")
        time.sleep(0.05)


def peak_mb(*arguments: str) -> float:
    """Highest resident size (VmHWM) that the child started with these arguments ever had; 0 where /proc is missing."""
    wanted = "\0".join(arguments) + "\0"
    for folder in _descendants():
        command = (folder / "cmdline").read_text(encoding="utf-8", errors="replace")
        if command.endswith(wanted) and "keeper.py" not in command:
            return _high_water(folder)
    return 0.0


def own_peak_mb() -> float:
    return _high_water(Path("/proc/self"))


def high_water_mb(pid: int) -> float:
    """The same of any process of ours; 0 when it has ended."""
    try:
        return _high_water(Path(f"/proc/{pid}"))
    except ProcessLookupError:
        return 0.0


def _high_water(folder: Path) -> float:
    status = folder / "status"
    if not status.exists():
        return 0.0
    lines = status.read_text(encoding="utf-8", errors="replace").splitlines()
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), 0.0)


def _descendants() -> list[Path]:
    """Processes below this one. A process that ends meanwhile is left out."""
    parents: dict[int, int] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(folder.name)] = int(fields[1])
    return [Path(f"/proc/{pid}") for pid in parents if _is_below(pid, os.getpid(), parents)]


def _is_below(pid: int, ancestor: int, parents: Mapping[int, int]) -> bool:
    while pid in parents:
        pid = parents[pid]
        if pid == ancestor:
            return True
    return False
