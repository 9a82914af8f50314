"""A process is as large as what it loads (P8): one that answers over HTTP carries its own service and what every answer
needs, nothing for a terminal, a letter, a page, a mail or a request of its own."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer import Context
from typer.main import get_group
from typer.testing import CliRunner

from services import house
from services.cli import app
from services.issuer import ensure_identity
from services.local.addresses import Addresses, environment
from services.local.ports import is_listening
from services.sections import SECTIONS

_PATIENCE_SECONDS = 250
_MAIN = """
import atexit, json, sys
atexit.register(lambda: print(json.dumps([name for name, module in sys.modules.items() if module])))
from services.cli import main
main()
"""
_NOT_FOR_ANSWERS = {
    "rich", "pygments", "aiohttp", "httpx", "smtplib", "docx", "docxtpl", "lxml", "jinja2", "segno", "xlsxwriter",
    "alembic", "mako", "aio_pika", "selectolax", "croniter", "argon2", "typst",
}  # fmt: skip
_EVERY_ROLE = {"services.cli", "services.sections", "services.house"}
_PEOPLE_SIGN_IN = {"services.sync", "services.sync.dashboard", "services.sync.dashboard.settings"}


@pytest.mark.timeout(3 * _PATIENCE_SECONDS)
@pytest.mark.parametrize("name", ["ingest", "disclosure"])
def test_a_serving_process_carries_only_what_it_answers_with(name: str, tmp_path: Path) -> None:
    loaded = _loaded_by(name, tmp_path)
    assert {module.partition(".")[0] for module in loaded} & _NOT_FOR_ANSWERS == set()
    assert {module for module in loaded if module.startswith(("sqlalchemy.orm", "sqlalchemy.ext"))} == set()
    services = {module for module in loaded if module.startswith("services.")}
    own = {module for module in services if module.startswith(f"services.{name}")}
    assert f"services.{name}.app" in own
    assert services - own == _EVERY_ROLE | _PEOPLE_SIGN_IN


def _loaded_by(name: str, folder: Path) -> set[str]:
    """The modules of `creditsync serve NAME` when it has served and ends."""
    addresses = Addresses.free()
    given = addresses.settings(folder)
    ensure_identity(folder)
    service = house.SERVICES[name]
    settings = service.load(given)
    service.tables.upgrade(settings.database_for(name))
    process = subprocess.Popen(
        [sys.executable, "-c", _MAIN, "serve", name],
        env={**os.environ, **environment(given)}, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        ends = time.monotonic() + _PATIENCE_SECONDS
        while not is_listening(service.port(settings)):
            assert process.poll() is None and time.monotonic() < ends
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        printed, _ = process.communicate(timeout=_PATIENCE_SECONDS)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 0
    return set(json.loads(printed.splitlines()[-1]))


@pytest.mark.timeout(2 * _PATIENCE_SECONDS)
def test_what_reconciles_carries_neither_the_law_nor_what_only_others_tell() -> None:
    """80 MB are asked of a reconciling process (P7), and most of them are loaded before its first statement."""
    code = """
import sys
import shared.outbound.exchange
from services.sync.portals.credit_jiangsu import adapter
from services.sync.reconciliation import reconcile
from shared.contracts.catalogue import CATALOGUE
from shared.database.engine import Database
Database("postgresql+asyncpg://nobody@127.0.0.1/none", "sync")
needless = ("shared.policy", "shared.workdays", "sqlite3", "sqlalchemy.orm", "sqlalchemy.ext")
assert not [name for name in sys.modules if name.startswith(needless)]
assert not [name for name, event in CATALOGUE.items() if event.data.__pydantic_complete__]
"""
    _succeeds(code)


@pytest.mark.timeout(2 * _PATIENCE_SECONDS)
def test_a_process_without_a_terminal_tells_an_error_in_the_console_form_all_the_same() -> None:
    code = """
from shared.observability.no_terminal import leave_out_the_terminal
leave_out_the_terminal()
import httpx, structlog, sys
from shared.observability.logging import configure
configure("console", "info", sys.stdout)
try:
    1 / 0
except ZeroDivisionError:
    structlog.get_logger().exception("it_failed")
assert not [name for name, module in sys.modules.items() if module and name.startswith(("rich", "pygments"))]
"""
    told = _succeeds(code)
    assert "it_failed" in told
    assert "ZeroDivisionError" in told


@pytest.mark.timeout(2 * _PATIENCE_SECONDS)
def test_a_command_of_one_section_reads_only_that_section() -> None:
    code = """
import sys
from services.cli import app
app(["duties", "--help"], standalone_mode=False)
from services.sections import SECTIONS
read = [name for name, place in SECTIONS.items() if place.partition(":")[0] in sys.modules]
assert read == ["duties"], read
"""
    _succeeds(code)


def _succeeds(code: str) -> str:
    """What a process of its own prints that does this to its end."""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=_PATIENCE_SECONDS, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("name", SECTIONS)
def test_every_section_is_where_it_is_said_to_be(name: str) -> None:
    """Tested here and not by an import contract: the command line imports a section by its name."""
    told = CliRunner().invoke(app, [name, "--help"])
    assert told.exit_code == 0
    assert "COMMAND" in told.output


def test_the_help_lists_every_section_and_a_slip_is_answered_with_what_was_meant() -> None:
    commands = get_group(app)
    assert commands.list_commands(Context(commands))[-len(SECTIONS) :] == list(SECTIONS)
    slip = CliRunner().invoke(app, ["quarantin"])
    assert slip.exit_code == 2
    assert "quarantine" in slip.output
