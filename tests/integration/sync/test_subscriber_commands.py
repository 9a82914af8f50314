"""`creditsync subscribers` on sync's own tables: what is done there is what the interface does, by a person's name."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from sqlalchemy import create_engine, text
from typer.testing import CliRunner

from services.cli import app
from shared.errors import Problem

URL = "https://subscriber.example/hook"


class Terminal:
    """The commands on a migrated database of their own, and a look into its tables."""

    def __init__(self, data_dir: Path) -> None:
        self._database = create_engine(f"sqlite:///{data_dir / 'sync.db'}")

    def run(self, *words: str) -> Result:
        return CliRunner().invoke(app, ["subscribers", *words])

    def out(self, *words: str) -> str:
        done = self.run(*words)
        assert done.exit_code == 0, done.output
        return done.stdout.strip()

    def add(self, *words: str) -> tuple[str, str]:
        """A subscriber's identifier and key."""
        subscriber_id, key = self.out("add", "样例订阅方", URL, *words).splitlines()
        return subscriber_id, key

    def rows(self, statement: str) -> list[Any]:
        with self._database.connect() as connection:
            return list(connection.execute(text(statement)))

    def change(self, statement: str) -> None:
        with self._database.begin() as connection:
            connection.execute(text(statement))

    def close(self) -> None:
        self._database.dispose()


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("CREDITSYNC_DATA_DIR", str(tmp_path))
    assert CliRunner().invoke(app, ["migrate"]).exit_code == 0
    one = Terminal(tmp_path)
    yield one
    one.close()


def test_a_key_is_rotated_tested_and_removed_from_the_terminal(terminal: Terminal) -> None:
    subscriber_id, first = terminal.add()
    assert first.startswith("whsec_")
    second = terminal.out("rotate", subscriber_id, "--reason", "泄露")
    assert second.startswith("whsec_")
    assert second != first
    keys = "SELECT expires_at FROM subscriber_key ORDER BY expires_at IS NULL"
    [old], [new] = terminal.rows(keys)
    assert old is not None
    assert new is None
    assert terminal.out("test", subscriber_id) == "event 1 is on its way"
    assert "last number 1, 1 waiting" in terminal.out("list")
    assert terminal.out("remove", subscriber_id, "--reason", "停用") == "removed"
    assert terminal.rows(keys) == []
    audited = [row[0] for row in terminal.rows("SELECT action FROM audit_entry ORDER BY entry_id")]
    assert [one.rpartition(".")[2] for one in audited] == ["entered", "key_rotated", "tested", "removed"]


def test_what_is_named_changes_and_the_rest_stays(terminal: Terminal) -> None:
    subscriber_id, _ = terminal.add("--kind", "penalty", "--region", "3206")
    moved = "https://subscriber.example/new"
    assert terminal.out("change", subscriber_id, "--reason", "搬迁", "--url", moved, "--region", "32") == "changed"
    listed = terminal.out("list")
    assert f"样例订阅方 {moved}" in listed
    assert "told of kinds penalty; regions 32" in listed
    terminal.out("change", subscriber_id, "--reason", "扩大", "--every", "kinds", "--every", "regions")
    assert "told of everything" in terminal.out("list")
    audited = terminal.rows("SELECT reason FROM audit_entry WHERE action = 'subscriber.changed' ORDER BY entry_id")
    assert [row[0] for row in audited] == ["搬迁", "扩大"]


@pytest.mark.parametrize(
    "words",
    [(), ("--kind", "penalty", "--every", "kinds"), ("--kind", "rumour"), ("--every", "names")],
)
def test_a_change_that_names_nothing_or_contradicts_itself_is_refused(terminal: Terminal, words: tuple[str]) -> None:
    subscriber_id, _ = terminal.add("--region", "3206")
    assert terminal.run("change", subscriber_id, "--reason", "误", *words).exit_code == 2
    assert "told of regions 3206" in terminal.out("list")


def test_what_is_not_changed_is_not_judged_anew(terminal: Terminal) -> None:
    """The rules for addresses may be narrower by now; whoever widens a filter typed no address."""
    subscriber_id, _ = terminal.add("--kind", "penalty")
    terminal.change("UPDATE subscriber SET url = 'http://10.0.0.1/hook'")
    terminal.out("change", subscriber_id, "--reason", "扩大", "--every", "kinds")
    assert "told of everything" in terminal.out("list")


@pytest.mark.parametrize("words", [("--url", "https://10.0.0.1/hook"), ("--region", "3")])
def test_a_change_to_what_cannot_be_is_refused(terminal: Terminal, words: tuple[str]) -> None:
    subscriber_id, _ = terminal.add("--region", "3206")
    assert isinstance(terminal.run("change", subscriber_id, "--reason", "误", *words).exception, Problem)
    assert "told of regions 3206" in terminal.out("list")


def test_a_public_key_is_rotated_to_another_public_key(terminal: Terminal) -> None:
    subscriber_id, first = terminal.add("--signature", "v1a")
    second = terminal.out("rotate", subscriber_id, "--reason", "年度更换", "--overlap-hours", "0")
    assert first.startswith("whpk_")
    assert second.startswith("whpk_")
    assert second != first


@pytest.mark.parametrize("words", [["rotate", "--reason", "x"], ["test"], ["remove", "--reason", "x"]])
def test_whoever_names_no_subscriber_is_told_so_and_nothing_changes(terminal: Terminal, words: list[str]) -> None:
    refused = terminal.run(words[0], "0" * 32, *words[1:])
    assert refused.exit_code != 0
    assert refused.exception is not None
    assert json.dumps(terminal.rows("SELECT count(*) FROM audit_entry")[0][0]) == "0"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("add", "", URL), "name"),
        (("add", "n" * 101, URL), "name"),
        (("replay", "0" * 32, "--reason", "x", "--sequence", str(2**63)), "sequence"),
    ],
)
def test_what_the_interface_would_refuse_is_refused_in_one_sentence(
    terminal: Terminal, words: tuple[str, ...], told: str
) -> None:
    refused = terminal.run(*words)
    assert isinstance(refused.exception, SystemExit | Problem), refused.exception
    assert told in refused.output + str(getattr(refused.exception, "members", ""))
    assert terminal.rows("SELECT count(*) FROM audit_entry")[0][0] == 0


def test_the_list_says_why_and_until_when_nothing_is_sent(terminal: Terminal) -> None:
    subscriber_id, _ = terminal.add()
    terminal.out("pause", subscriber_id, "--reason", "对方停机检修")
    assert "对方停机检修" in terminal.out("list")
    terminal.out("resume", subscriber_id, "--reason", "检修结束")
    terminal.change("UPDATE subscriber SET failures = 3, held_until = '2999-01-02 03:04:05.000000'")
    assert "3 failures in a row, left alone until 2999-01-02 03:04 UTC" in terminal.out("list")
