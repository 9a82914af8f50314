"""An identity provider in a process of its own, for the tests that sign in at one."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from services.local.ports import free_port, is_listening

PATIENCE_SECONDS = 90


@contextmanager
def running_provider(module: str, callback: str, issuer_at: Callable[[int], str]) -> Iterator[str]:
    """The address of the issuer that `module` is, started as `python -m MODULE PORT CALLBACK`."""
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", module, str(port), callback])
    try:
        ends = time.monotonic() + PATIENCE_SECONDS
        while not is_listening(port):
            assert process.poll() is None and time.monotonic() < ends
            time.sleep(0.05)
        yield issuer_at(port)
    finally:
        process.terminate()
        process.wait(30)
