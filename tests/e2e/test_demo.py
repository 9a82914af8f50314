"""The demo is a test of its own: it exits with 0 only when every promise of its table was kept."""

import subprocess
import sys

import pytest

RECORDS = "600"


def _demo(*options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "services.cli", "demo", "--records", RECORDS, *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=420, check=False)


@pytest.mark.timeout(450)
def test_the_demo_keeps_every_promise_in_one_process() -> None:
    done = _demo()

    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert "All 12 promises kept." in done.stdout


@pytest.mark.timeout(450)
@pytest.mark.usefixtures("postgres_server", "rabbitmq_server")
def test_the_demo_keeps_every_promise_on_postgresql_and_rabbitmq() -> None:
    done = _demo("--real", "--seed", "2")

    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert "All 12 promises kept." in done.stdout
