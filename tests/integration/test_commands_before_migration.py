"""Commands on a database that has no tables yet: one sentence with what to do, never a trace."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.cli import app
from shared.errors import StartRefused

COMMANDS = {
    "quarantine list": "ingest",
    "identity proposals": "ingest",
    "data-sharing unsigned": "ingest",
    "subscribers list": "sync",
    "parked repair": "repair",
}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_before_the_first_migration_says_to_migrate(
    command: str, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDITSYNC_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("CREDITSYNC_DATABASE_URL", database_url)
    refused = CliRunner().invoke(app, command.split()).exception
    assert isinstance(refused, StartRefused)
    assert str(refused).startswith(f"the tables of {COMMANDS[command]} are not at revision")
    assert "creditsync migrate" in str(refused)
