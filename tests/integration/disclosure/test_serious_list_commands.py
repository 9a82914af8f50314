"""`creditsync disclosure serious-list …`: every act of the list can be taken from a terminal, under the same rules."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from services.disclosure.cli import app as cli
from services.disclosure.serious_list.domain.entry import Action
from services.disclosure.serious_list.tables import serious_step
from shared.errors import CONFLICT, MALFORMED, Problem
from tests.integration.disclosure.test_disclosure_commands import prepared, run
from tests.integration.disclosure.test_serious_list import CONDITIONS, NOTICE, opening, registration
from tests.support.rows import PERSON_NUMBER

KEY = "33" * 32
NUMBER = "（通）应急名单〔2026〕1号"
Moved = Callable[[str], None]


@pytest.fixture
def on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Moved]:
    """Let the commands believe in a day; the tables are there."""
    monkeypatch.setenv("CREDITSYNC_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("CREDITSYNC_PERSON_KEY", KEY)
    monkeypatch.setenv("CREDITSYNC_CLOCK_FILE", str(tmp_path / "clock"))
    prepared(tmp_path, lambda service: service.rows(serious_step))

    def move(day: str) -> None:
        away = datetime.fromisoformat(f"{day}T04:00:00+00:00") - datetime.now(UTC)
        (tmp_path / "clock").write_text(str(int(away.total_seconds())), encoding="utf-8")

    move("2026-11-02")
    yield move


def problem(*arguments: str) -> Problem:
    done = CliRunner().invoke(cli, ["serious-list", *arguments])
    assert isinstance(done.exception, Problem), (done.output, done.exception)
    return done.exception


def file_of(tmp_path: Path, body: Any) -> str:
    path = tmp_path / "body.json"
    path.write_text(json.dumps(body, ensure_ascii=False), encoding="utf-8")
    return str(path)


def act(entry_id: str, command: str, version: int, *more: str) -> str:
    first, *rest = command.split()
    return run("serious-list", first, entry_id, *rest, "--version", str(version), "--reason", "依法", *more)


def test_an_entry_goes_from_the_notice_to_an_early_removal_and_back_from_a_terminal(tmp_path: Path, on: Moved) -> None:
    said = run("serious-list", "notify", file_of(tmp_path, opening(notice={"facts": NOTICE["facts"]})))
    entry_id = said.split()[0]
    assert "is notified, version 1" in said
    rest = {name: text for name, text in NOTICE.items() if name != "facts"}
    assert "is heard, version 2" in act(entry_id, "step hear", 1)
    early = ("decide", entry_id, "--version", "2", "--reason", "依法", "--document-number", NUMBER)
    assert problem(*early).members["missing"] == sorted(rest)
    (tmp_path / "rest.json").write_text(json.dumps(rest), encoding="utf-8")
    supplement = ("supplement", entry_id, str(tmp_path / "rest.json"), "--version", "2", "--reason", "补充")
    assert "is notified, version 3" in run("serious-list", *supplement)
    assert "is heard, version 4" in act(entry_id, "step waive", 3)
    assert "is decided, version 5" in act(entry_id, "decide", 4, "--document-number", NUMBER)
    assert "is listed, version 6, 2026-11-02 – 2029-11-02" in act(entry_id, "step list", 5)
    assert "version 6" in run("serious-list", "show", entry_id)
    on("2027-11-03")
    assert "is removal_applied" in act(entry_id, "step apply_removal", 6)
    assert "is removal_accepted" in act(entry_id, "step accept_removal", 7)
    conditions = [part for one in CONDITIONS for part in ("--condition", one)]
    assert "is removed_early" in act(entry_id, "approve-removal", 8, *conditions)
    assert "is listed, version 10, 2027-11-03 – 2030-11-03" in act(entry_id, "step revoke_removal", 9)
    assert "is withdrawn" in act(entry_id, "step withdraw", 10)
    steps = prepared(tmp_path, lambda service: service.rows(serious_step))
    assert {row.actor.partition(":")[0] for row in steps} == {"terminal"}
    assert PERSON_NUMBER not in run("serious-list", "show", entry_id)


def test_an_entry_that_was_listed_before_is_registered_from_a_terminal(tmp_path: Path, on: Moved) -> None:
    body = registration(listed_on="2026-01-05", published_on="2026-01-05", document_number=NUMBER, situation="11.6.4")
    assert "is listed, version 1, 2026-01-05 – 2029-01-05" in run("serious-list", "register", file_of(tmp_path, body))


def test_an_older_entry_is_carried_over_only_where_a_region_says_so(tmp_path: Path, on: Moved) -> None:
    older = registration(listed_on="2023-09-20", published_on="2023-09-30")
    said = run("serious-list", "register", file_of(tmp_path, older))
    how = ("--applied-for-listing-on", "2023-09-01", "--situation", "11.6.4", "--version", "1", "--reason", "过渡")
    assert problem("re-enter", said.split()[0], *how).kind is CONFLICT


def test_an_older_version_and_an_unknown_act_are_refused_with_what_to_do(tmp_path: Path, on: Moved) -> None:
    entry_id = run("serious-list", "notify", file_of(tmp_path, opening())).split()[0]
    act(entry_id, "step hear", 1)
    older = problem("step", entry_id, "drop", "--version", "1", "--reason", "依法")
    assert (older.kind, older.members["version"]) == (CONFLICT, 2)
    unknown = problem("step", entry_id, "forgive", "--version", "2", "--reason", "依法")
    assert unknown.kind is MALFORMED
    early = problem("step", entry_id, "apply_removal", "--version", "2", "--reason", "依法")
    assert early.kind is CONFLICT


@pytest.mark.parametrize("content", ["", "{", "[]", '{"notice": 7}'])
def test_a_file_that_is_no_notice_is_refused_and_nothing_is_stored(tmp_path: Path, on: Moved, content: str) -> None:
    (tmp_path / "odd.json").write_text(content, encoding="utf-8")
    with pytest.raises(Problem):
        raise problem("notify", str(tmp_path / "odd.json"))
    assert "0 entries" in run("serious-list", "list")


def test_every_act_of_a_person_has_a_command() -> None:
    helped = CliRunner().invoke(cli, ["serious-list", "step", "--help"], env={"COLUMNS": "200"}).output
    own_commands = {Action.SERVE_NOTICE, Action.REGISTER, Action.DECIDE, Action.RE_ENTER, Action.APPROVE_REMOVAL}
    by_the_calendar = {Action.EXPIRE}
    assert [one for one in Action if one not in own_commands | by_the_calendar and one not in helped] == []
