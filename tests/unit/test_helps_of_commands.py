"""Help is true: every command, argument and option says what it is, and a group names the commands that it has."""

from collections.abc import Iterator
from typing import Any

import click
import pytest
import typer

from services.cli import app

_NO_VERBS = {"a", "all", "an", "each", "every", "it", "names", "one", "rows", "the", "this", "what", "which", "whose"}


def _walk(command: Any, path: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    yield " ".join(path), command
    context = click.Context(command, info_name=path[-1])
    for name in command.list_commands(context) if hasattr(command, "list_commands") else ():
        yield from _walk(command.get_command(context, name), (*path, name))


EVERY = dict(_walk(typer.main.get_command(app), ("creditsync",)))
GROUPS = [name for name, one in EVERY.items() if hasattr(one, "list_commands") and ":" in (one.help or "")]
COMMANDS = [name for name, one in EVERY.items() if not hasattr(one, "list_commands")]


def test_the_commands_are_found() -> None:
    assert len(COMMANDS) > 100 and len(GROUPS) > 20


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_says_what_it_does_and_what_it_takes(name: str) -> None:
    said = (EVERY[name].help or "").strip()
    assert said.endswith((".", ".)")) and said[0].isupper(), said
    assert said.split()[0].lower().rstrip(":,") not in _NO_VERBS, f"{said}: begin with what it does"
    silent = [one.name for one in EVERY[name].params if one.name != "help" and not getattr(one, "help", None)]
    assert silent == []


@pytest.mark.parametrize("name", [one for one in GROUPS if one not in ("creditsync", "creditsync repair")])
def test_a_group_names_its_commands_as_they_are_called(name: str) -> None:
    group = EVERY[name]
    named = group.help.strip().rstrip(".").rpartition(": ")[2].split(", ")
    assert sorted(named) == sorted(group.list_commands(click.Context(group)))


def test_exit_codes_are_told() -> None:
    assert "Exit codes: 0 done; 1 " in EVERY["creditsync"].epilog
