"""The project's own files, as the structural tests read them."""

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
CODE = ("shared", "services")


@dataclass(frozen=True)
class Module:
    """One Python file: its path from the root and its text."""

    path: str
    text: str

    @property
    def tree(self) -> ast.Module:
        """Parsed for whoever asks and kept by nobody: the trees of all files are four million objects, and every
        full collection of a worker that holds them stands still for three seconds, whatever test it runs by then."""
        return ast.parse(self.text)

    @property
    def lines(self) -> int:
        return len(self.text.splitlines())

    @property
    def is_migration(self) -> bool:
        return "/migrations/versions/" in self.path


def modules(*folders: str) -> tuple[Module, ...]:
    """Every Python file below these folders, sorted."""
    found = sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return tuple(_read(path) for path in found)


@cache
def project_files() -> tuple[str, ...]:
    """What is committed or would be: every file that git does not ignore. Without git, the known places."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if listed.returncode == 0:
        return tuple(sorted({name for name in listed.stdout.splitlines() if (ROOT / name).is_file()}))
    return tuple(sorted(_without_git()))


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def calls(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and dotted name of every attribute or name that is used, such as `datetime.now` or `os.environ`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and (name := _dotted(node)):
            yield node.lineno, name


def imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and full name of everything that is imported; `from os import environ` gives `os.environ`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def _read(path: Path) -> Module:
    return Module(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (inner := _dotted(node.value)):
        return f"{inner}.{node.attr}"
    return ""


def _without_git() -> Iterator[str]:
    for place in ("shared", "services", "tests", "docs", "deploy"):
        for path in (ROOT / place).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                yield path.relative_to(ROOT).as_posix()
    yield from (path.name for path in ROOT.iterdir() if path.is_file())
