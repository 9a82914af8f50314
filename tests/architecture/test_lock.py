"""The lock: exact versions with hashes, from whatever registry a house uses, and every direct dependency explained."""

import re
import tomllib

from tests.architecture.source import text_of


def locked() -> dict[str, str]:
    """The line of each locked package by its name, with the line that follows."""
    lines = text_of("requirements.lock").splitlines()
    heads = [number for number, line in enumerate(lines) if line and not line.startswith((" ", "#"))]
    return {re.split(r"[\[=;@ ]", lines[at], maxsplit=1)[0]: f"{lines[at]}\n{lines[at + 1]}" for at in heads}


def direct() -> set[str]:
    project = tomllib.loads(text_of("pyproject.toml"))
    named = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    named += [one for extra in project["project"]["optional-dependencies"].values() for one in extra]
    return {re.split(r"[\[<>=;~! ]", one, maxsplit=1)[0].lower() for one in named}


def test_the_lock_holds_exact_versions_and_hashes() -> None:
    assert locked()
    pinned = re.compile(r"[\w.-]+==[\w.+!-]+.*\n +--hash=sha256:[0-9a-f]{64}")
    assert [entry for entry in locked().values() if not pinned.match(entry)] == []


def test_the_lock_names_no_address() -> None:
    assert [line for line in text_of("requirements.lock").splitlines() if "://" in line or line.startswith("-")] == []


def test_every_direct_dependency_is_locked() -> None:
    assert direct() <= set(locked())


def test_every_direct_dependency_is_explained_and_no_other() -> None:
    explained = set(re.findall(r"^\| `([\w-]+)` \|", text_of("docs/dependencies.md"), flags=re.MULTILINE))
    assert explained == direct()
