"""A RabbitMQ of one's own: started on free loopback ports, gone with the block or the process that asked.

It brings its own name daemon (epmd) on its own port, so that it neither needs nor disturbs one that is already there.
Only the programs of an installed `rabbitmq-server` are used; their service, settings and data stay untouched.
"""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from services.local.errors import ServerFailed, ServerMissing
from services.local.keeper import KeptProcess
from services.local.ports import LOOPBACK, free_ports, is_listening
from shared.clock import stopwatch

_START_SECONDS = 90  # 3 to 6 s on an idle machine
_GRACE_SECONDS = 30
_CONTROL_SECONDS = 60
# Debian's and Red Hat's programs in `sbin` become another user by `su`; the ones in this folder run as anybody.
_PLAIN_SCRIPTS = Path("/usr/lib/rabbitmq/bin")
# epmd runs in the server's own process group, in front of it: started by Erlang it would become a daemon and stay.
_WITH_OWN_EPMD = 'epmd=$1; server=$2; "$epmd" & exec "$server"'
_ERLANG_ARGUMENTS = "+S 2:2 +sbwt none -start_epmd false -kernel inet_dist_use_interface {127,0,0,1}"
_AMQP_GREETING = b"AMQP\x00\x00\x09\x01"
_METHOD_FRAME = b"\x01"


class RabbitServer:
    """A running private RabbitMQ. Its ports, and so its URLs, stay the same over `restart()`."""

    def __init__(self, folder: Path, *, management: bool) -> None:
        self._scripts = rabbitmq_scripts()
        self._folder = folder / "rabbitmq"
        self._log = self._folder / "console.log"
        self.port, self._management_port, self._distribution_port, self._epmd_port = free_ports(4)
        self._management = management
        self._prepare_folder()
        self._process = self._start()

    @property
    def url(self) -> str:
        return f"amqp://guest:guest@{LOOPBACK}:{self.port}/"

    @property
    def management_url(self) -> str | None:
        """Where the HTTP API answers, if it was asked for."""
        if not self._management:
            return None
        return f"http://guest:guest@{LOOPBACK}:{self._management_port}"

    def stop(self) -> None:
        """Shuts the whole node down in order: connections are closed, everything is on disk."""
        self._process.stop()

    def kill(self) -> None:
        """SIGKILL, as the kernel would when memory runs out."""
        self._process.kill()

    def restart(self) -> None:
        """Starts the node again on the same ports, after a stop in order if it still runs."""
        self._process.stop()
        self._process = self._start()

    def stop_app(self) -> None:
        """Stops the broker inside the living node: clients are told, then nobody listens."""
        self.control("stop_app")

    def start_app(self) -> None:
        """Starts the broker again after `stop_app()`."""
        self.control("start_app")
        self._await_ready(self._process)

    def control(self, *arguments: str) -> str:
        """Runs `rabbitmqctl` against this node; costs a second or two, most of it for starting Erlang."""
        done = subprocess.run(
            [self._scripts / "rabbitmqctl", *arguments],
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_CONTROL_SECONDS,
            check=False,
        )
        if done.returncode:
            raise ServerFailed(f"rabbitmqctl {' '.join(arguments)} failed: {(done.stderr or done.stdout).strip()}")
        return done.stdout

    def _prepare_folder(self) -> None:
        (self._folder / "home").mkdir(parents=True, exist_ok=True)
        plugins = "rabbitmq_management" if self._management else ""
        self._file("plugins").write_text(f"[{plugins}].\n", encoding="ascii")
        settings = f"listeners.tcp.1 = {LOOPBACK}:{self.port}\n"
        if self._management:  # settings of a plugin that is off stop the start
            settings += f"management.tcp.ip = {LOOPBACK}\nmanagement.tcp.port = {self._management_port}\n"
        self._file("rabbitmq.conf").write_text(settings, encoding="ascii")

    def _start(self) -> KeptProcess:
        process = KeptProcess(
            ["sh", "-c", _WITH_OWN_EPMD, "sh", _epmd(), self._scripts / "rabbitmq-server"],
            log=self._log,
            environment=self._environment(),
            user=None,
            stop_signal=signal.SIGTERM,
            grace_seconds=_GRACE_SECONDS,
        )
        try:
            self._await_ready(process)
        except ServerFailed:
            process.stop()
            raise
        return process

    def _await_ready(self, process: KeptProcess) -> None:
        deadline = stopwatch() + _START_SECONDS
        while not self._is_ready():
            if not process.running or stopwatch() > deadline:
                log = self._log.read_text(encoding="utf-8", errors="replace")
                raise ServerFailed(f"RabbitMQ did not start: {log.strip()[-2000:]}")
            time.sleep(0.05)

    def _is_ready(self) -> bool:
        return self._greets() and (not self._management or is_listening(self._management_port))

    def _greets(self) -> bool:
        """An open port is not enough: a broker that is ready answers the protocol's greeting."""
        try:
            with socket.create_connection((LOOPBACK, self.port), timeout=2) as client:
                client.sendall(_AMQP_GREETING)
                return client.recv(1) == _METHOD_FRAME
        except OSError:
            return False

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/usr/bin",
            "LANG": "C.UTF-8",
            "HOME": str(self._file("home")),
            "RABBITMQ_ALLOW_INPUT": "1",  # the script then becomes the server instead of staying as its parent
            "RABBITMQ_NODENAME": f"private{self.port}@localhost",
            "RABBITMQ_DIST_PORT": str(self._distribution_port),
            "RABBITMQ_MNESIA_BASE": str(self._file("mnesia")),
            "RABBITMQ_LOG_BASE": str(self._file("log")),
            "RABBITMQ_PID_FILE": str(self._file("pid")),
            "RABBITMQ_CONFIG_FILE": str(self._file("rabbitmq.conf")),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self._file("plugins")),
            "RABBITMQ_FEATURE_FLAGS_FILE": str(self._file("feature_flags")),
            "RABBITMQ_GENERATED_CONFIG_DIR": str(self._file("generated")),
            "RABBITMQ_CONF_ENV_FILE": os.devnull,
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": f"-noinput {_ERLANG_ARGUMENTS}",
            "ERL_EPMD_ADDRESS": LOOPBACK,
            "ERL_EPMD_PORT": str(self._epmd_port),
        }

    def _file(self, name: str) -> Path:
        return self._folder / name


@contextmanager
def private_rabbitmq(directory: Path, *, management: bool = False) -> Iterator[RabbitServer]:
    """A private RabbitMQ for the length of the block, with its data in the folder.

    The management API is off unless asked for: its agent delays every stop by 5 seconds (version 3.10).
    If this process dies without leaving the block, even by SIGKILL, the server shuts down by itself.
    """
    server = RabbitServer(directory, management=management)
    try:
        yield server
    finally:
        server.stop()


def rabbitmq_scripts() -> Path:
    """The folder that holds `rabbitmq-server` and `rabbitmqctl`."""
    if (_PLAIN_SCRIPTS / "rabbitmq-server").exists():
        return _PLAIN_SCRIPTS
    found = shutil.which("rabbitmq-server", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin")
    if found is None:
        raise ServerMissing(
            "RabbitMQ is missing: apt-get install --no-install-recommends rabbitmq-server, "
            "or name a server in TEST_AMQP_URL."
        )
    return Path(found).parent


def _epmd() -> str:
    found = shutil.which("epmd")
    if found is None:
        raise ServerMissing("Erlang's epmd is missing: apt-get install --no-install-recommends erlang-base.")
    return found
