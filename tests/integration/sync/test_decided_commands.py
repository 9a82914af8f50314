"""`creditsync decided` on sync's own tables: asked for by name, shown with an exit code that says if all is well."""

from pathlib import Path

import pytest
from click.testing import Result
from sqlalchemy import create_engine, text
from typer.testing import CliRunner

from services.cli import app


def run(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CREDITSYNC_DATA_DIR", str(tmp_path))
    assert run("migrate").exit_code == 0
    return tmp_path


def carry_out(folder: Path, statement: str, **given: str) -> list[tuple[object, ...]]:
    engine = create_engine(f"sqlite:///{folder / 'sync.db'}")
    with engine.begin() as connection:
        rows = connection.execute(text(statement), given)
        found = [tuple(row) for row in rows] if rows.returns_rows else []
    engine.dispose()
    return found


def test_a_comparison_is_asked_for_once_and_shown_while_it_goes_on(folder: Path) -> None:
    assert "Nothing was compared yet" in run("decided", "show").stdout
    first, second = (run("decided", "ask").stdout.split()[0] for _ in range(2))
    assert first == second
    shown = run("decided", "show")
    assert (shown.exit_code, f"{first} goes on: not compared yet" in shown.stdout) == (0, True)
    [[actor]] = carry_out(folder, "SELECT DISTINCT actor FROM audit_entry WHERE action = 'decided.compared'")
    assert str(actor).startswith("terminal:")


def test_differences_that_are_open_end_the_command_with_one(folder: Path) -> None:
    check_id = run("decided", "ask").stdout.split()[0]
    at = "2026-11-02 01:00:00.000000"
    carry_out(folder, "UPDATE decided_check SET finished_at = :at, going_on = NULL, entries = 7, held = 3", at=at)
    carry_out(
        folder,
        "INSERT INTO decided_difference "
        "VALUES (:record, 'credit_sites', :check_id, 'never_told', 2, 0, :at, :at, NULL)",
        record="a" * 32,
        check_id=check_id,
        at=at,
    )
    shown = run("decided", "show")
    assert shown.exit_code == 1
    assert "7 entries" in shown.stdout
    assert "3 wait for a person: creditsync decided ask --reason" in shown.stdout
    assert f"{'a' * 32}  credit_sites  never_told: decided 2, heard –" in shown.stdout


def test_telling_everything_again_needs_a_reason_that_can_be_read(folder: Path) -> None:
    assert run("decided", "ask", "--reason", "  ").exit_code != 0
    assert run("decided", "ask", "--reason", "队列清空，原因已查明").exit_code == 0
    assert carry_out(folder, "SELECT without_limit FROM decided_check") == [(1,)]
