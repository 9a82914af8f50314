"""Keeps a server alive exactly as long as the process that asked for it.

Between the two stands a small process, this file run as a script. It holds the server as its child and waits on a
pipe from the asker. When the pipe closes, be it by `stop()`, a normal exit or SIGKILL, it ends the server in an
orderly way. A death signal of the kernel (PR_SET_PDEATHSIG) would not do: it fires when the asking *thread* ends,
it is cleared by a change of user, and only Linux has it. The script imports the standard library only.
"""

import os
import pwd
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType

_KILL = b"k"
_MARGIN_SECONDS = 10  # the keeper's own end, after the time that it grants to the server


class KeptProcess:
    """A server that runs until `stop()`, `kill()`, its own end, or the end of this process."""

    def __init__(  # each argument is one property of the process
        self,
        command: Sequence[str | Path],
        *,
        log: Path,
        environment: Mapping[str, str],
        user: str | None,
        stop_signal: signal.Signals,
        grace_seconds: int,
    ) -> None:
        self._grace_seconds = grace_seconds
        keeper = [sys.executable, "-I", "-S", __file__, str(int(stop_signal)), str(grace_seconds), user or ""]
        with log.open("ab") as output:
            self._keeper = subprocess.Popen(
                [*keeper, *map(str, command)],
                bufsize=0,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                env=dict(environment),
                cwd="/",
                start_new_session=True,  # Ctrl+C in the terminal must reach the asker only
            )

    @property
    def running(self) -> bool:
        return self._keeper.poll() is None

    def stop(self) -> None:
        """Ends the server in an orderly way; by force when it takes longer than its grace."""
        self._end(order=b"")

    def kill(self) -> None:
        """Ends the server at once by SIGKILL, as a crash would."""
        self._end(order=_KILL)

    def _end(self, order: bytes) -> None:
        pipe = self._keeper.stdin
        if pipe is not None and not pipe.closed:
            with suppress(BrokenPipeError):  # the server, and so its keeper, may have ended by itself
                pipe.write(order)
            pipe.close()
        self._keeper.wait(timeout=self._grace_seconds + _MARGIN_SECONDS)


def main(arguments: Sequence[str]) -> None:
    """The keeper's side: `STOP_SIGNAL GRACE_SECONDS USER COMMAND...`."""
    stop_signal, grace_seconds, user, *command = arguments
    for unwanted in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(unwanted, _leave)
    server = _start(command, user)
    threading.Thread(target=_end_with, args=(server,), daemon=True).start()
    try:
        order = os.read(0, 1)
        if order != _KILL:
            _ask_to_end(server, int(stop_signal), int(grace_seconds))
    except SystemExit:
        _ask_to_end(server, int(stop_signal), int(grace_seconds))
    finally:
        _kill_group(server)
        server.wait()


def _start(command: Sequence[str], user: str) -> subprocess.Popen[bytes]:
    if not user:
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
    group = pwd.getpwnam(user).pw_gid
    return subprocess.Popen(
        command, stdin=subprocess.DEVNULL, start_new_session=True, user=user, group=group, extra_groups=[]
    )


def _end_with(server: subprocess.Popen[bytes]) -> None:
    code = server.wait()
    _kill_group(server)
    os._exit(code & 0xFF)


def _ask_to_end(server: subprocess.Popen[bytes], stop_signal: int, grace_seconds: int) -> None:
    server.send_signal(stop_signal)
    with suppress(subprocess.TimeoutExpired):
        server.wait(timeout=grace_seconds)


def _kill_group(server: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(server.pid, signal.SIGKILL)


def _leave(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit


if __name__ == "__main__":
    main(sys.argv[1:])
