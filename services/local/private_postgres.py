"""A PostgreSQL of one's own: started on a free loopback port, gone with the block or the process that asked.

It never touches a PostgreSQL that is already there, and never listens anywhere but on loopback.
"""

import secrets
import signal
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from services.local.errors import ServerFailed
from services.local.keeper import KeptProcess
from services.local.ports import LOOPBACK, free_port, is_listening
from services.local.postgres_programs import ENVIRONMENT, give, reachable_programs, run_as, user_without_rights
from shared.clock import stopwatch

_START_SECONDS = 60  # 0.6 s on an idle machine; a busy one may take its time
_GRACE_SECONDS = 20
_SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "200",
    "timezone": "UTC",
    # in the data folder instead of /dev/shm, which containers keep small and which would outlive a SIGKILL
    "dynamic_shared_memory_type": "mmap",
}
# `synchronous_commit` stays on: without it a SIGKILL loses commits that were acknowledged, and a test that kills the
# server would find a loss that production cannot have. Without fsync only a power cut loses anything.
_FAST_SETTINGS = {"fsync": "off", "full_page_writes": "off"}


class PostgresServer:
    """A running private PostgreSQL. Its port, and so its `url`, stays the same over `restart()`."""

    def __init__(self, folder: Path, *, durable: bool) -> None:
        self._user = user_without_rights()
        self._folder = folder / "postgres"
        self._data = self._folder / "data"
        self._log = self._folder / "postgres.log"
        self._settings = _SETTINGS if durable else _SETTINGS | _FAST_SETTINGS
        self._prepare_folder(folder)
        self._programs = reachable_programs(self._folder, self._user)
        self._password = self._initialise()
        self.port = free_port()
        self._process = self._start()

    @property
    def url(self) -> str:
        return f"postgresql+asyncpg://postgres:{self._password}@{LOOPBACK}:{self.port}/postgres"

    def stop(self) -> None:
        """Shuts down in order: connections are closed, everything is on disk."""
        self._process.stop()

    def kill(self) -> None:
        """SIGKILL, as the kernel would when memory runs out."""
        self._process.kill()

    def restart(self) -> None:
        """Starts again on the same port, after a stop in order if it still runs."""
        self._process.stop()
        self._process = self._start()

    def _prepare_folder(self, folder: Path) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        if self._user is None:
            return
        closed = [p for p in [folder, *folder.resolve().parents] if not p.stat().st_mode & stat.S_IXOTH]
        if closed:
            raise ServerFailed(
                f"PostgreSQL refuses to run as root, and user {self._user} cannot pass through {closed[-1]}: "
                "give it a folder under the system's temporary folder"
            )
        give(self._folder, self._user)

    def _initialise(self) -> str:
        secret = self._folder / "password"
        if (self._data / "PG_VERSION").exists():
            return secret.read_text(encoding="ascii")
        password = secrets.token_hex(16)
        secret.touch(mode=0o600)
        secret.write_text(password, encoding="ascii")
        give(secret, self._user)
        # A clear password over loopback: `trust` would let every user of this machine run programs as this one.
        arguments = ["-A", "password", "--pwfile", str(secret), "-U", "postgres", "-E", "UTF8", "--locale=C"]
        builtin = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-sync", "--no-instructions"]
        done = run_as([self._programs / "initdb", "-D", self._data, *arguments, *builtin], self._user)
        if done.returncode:
            raise ServerFailed(f"initdb failed: {done.stdout.strip()}")
        return password

    def _start(self) -> KeptProcess:
        """Tries again while processes of a killed predecessor, which notice its death a moment later, still run."""
        deadline = stopwatch() + _START_SECONDS
        while True:
            seen = self._log.stat().st_size if self._log.exists() else 0
            process = self._launch()
            while process.running and stopwatch() < deadline:
                if is_listening(self.port) and self._accepts_connections():
                    return process
                time.sleep(0.02)
            process.stop()
            said = self._log.read_text(encoding="utf-8", errors="replace")[seen:]
            if "still in use" not in said or stopwatch() >= deadline:
                raise ServerFailed(f"PostgreSQL did not start: {said.strip()[-2000:]}")
            time.sleep(0.1)

    def _launch(self) -> KeptProcess:
        settings = [f"--{name}={value}" for name, value in self._settings.items()]
        return KeptProcess(
            [self._programs / "postgres", "-D", self._data, "-p", str(self.port), *settings],
            log=self._log,
            environment=ENVIRONMENT,
            user=self._user,
            stop_signal=signal.SIGINT,  # "fast": does not wait for clients to leave
            grace_seconds=_GRACE_SECONDS,
        )

    def _accepts_connections(self) -> bool:
        """It listens before it has recovered; until then it turns every client away."""
        return "ready to accept connections" in self._since_last_start()

    def _since_last_start(self) -> str:
        log = self._log.read_text(encoding="utf-8", errors="replace")
        return log[log.rfind("starting PostgreSQL") :]


@contextmanager
def private_postgres(directory: Path, *, durable: bool = False) -> Iterator[PostgresServer]:
    """A private PostgreSQL for the length of the block.

    The folder keeps the data; a second call with it finds them again. As root the server runs as a user without
    rights, who must be able to reach the folder. If this process dies without leaving the block, even by SIGKILL,
    the server shuts down by itself.
    """
    server = PostgresServer(directory, durable=durable)
    try:
        yield server
    finally:
        server.stop()
