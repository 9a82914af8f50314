"""The rule files (规则文件): what a lawyer may change without a programmer, packaged or replaced by a file in a folder.

`put_in_force` is called once, at the start of a process, with what `shared.rule_folder` found; from then on every
reader sees the same texts until the process ends. A file is read whole and strictly by its own parser, or the start is
refused in one sentence. Reads no environment and asks no clock. Serves G03 and G11.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib import resources
from typing import Any, Generic, TypeVar

from shared.errors import StartRefused
from shared.policy.table import PackError
from shared.policy.toml_text import toml_of

T = TypeVar("T")

PACKAGED = "packaged"


@dataclass(frozen=True)
class RuleAdoption:
    """Who put the files of a folder in force, why, and since which day."""

    by: str
    reason: str
    on: date


@dataclass(frozen=True)
class RuleTexts:
    """The files that take the place of packaged ones, by name. `origin` says to people where they lie."""

    origin: str = PACKAGED
    texts: Mapping[str, str] = field(default_factory=dict)
    adoption: RuleAdoption | None = None


@dataclass(frozen=True)
class RuleFileState:
    """One file as it is in force."""

    name: str
    origin: str
    digest: str


class RuleFile(Generic[T]):
    """One file: `name` is its place in the folder, `package` and the last part of the name its place in the program.

    `read` gives its parsed content and is as cheap as any cached function; ask it at use, never at import.
    """

    def __init__(self, name: str, package: str, parse: Callable[[Mapping[str, Any]], T], inside: str = "") -> None:
        self.name = name
        self.parse = parse
        self._package = package
        self._inside = inside or name.rpartition("/")[2]
        self.read = cache(self._read)
        _declared[name] = self

    def packaged_text(self) -> str:
        return resources.files(self._package).joinpath(self._inside).read_text(encoding="utf-8")

    def text(self) -> str:
        """What is in force."""
        replaced = _in_force.texts.get(self.name)
        return self.packaged_text() if replaced is None else replaced

    def parsed(self, text: str) -> T:
        """The content of a text, or `PackError` with file, entry and reason."""
        try:
            return self.parse(toml_of(self.name, text))
        except PackError as error:
            raise PackError(self.name, error.entry, error.reason) from None

    def _read(self) -> T:
        return self.parsed(self.text())


_declared: dict[str, RuleFile[Any]] = {}
_followers: list[Callable[[], None]] = []
_in_force = RuleTexts()


def on_change(forget: Callable[[], None]) -> None:
    """Call this when other rules are put in force: for what was computed from a rule file and kept."""
    _followers.append(forget)


def of_service(service: str) -> list[RuleFile[Any]]:
    """Its own files and those that all services share, by name."""
    own = f"{service}/"
    return [one for name, one in sorted(_declared.items()) if "/" not in name or name.startswith(own)]


def in_force() -> RuleTexts:
    return _in_force


def put_in_force(new: RuleTexts, files: Iterable[RuleFile[Any]]) -> None:
    """Make these the rules of this process. When one of `files` is wrong the former ones stay, and `StartRefused` says
    in one sentence which file, which entry and why."""
    before = _in_force
    _exchange(new)
    try:
        for one in files:
            one.read()
    except PackError as error:
        _exchange(before)
        raise StartRefused(f"the rules in {new.origin} are not put in force: {error}") from None


def states(service: str) -> list[RuleFileState]:
    """The files of a service, where each comes from and its SHA-256."""
    replaced = _in_force.texts
    return [
        RuleFileState(one.name, _in_force.origin if one.name in replaced else PACKAGED, _sha256(one.text()))
        for one in of_service(service)
    ]


def digest_of(files: Iterable[RuleFileState]) -> str:
    """One SHA-256 over all of them: equal in two processes when the same rules are in force in both."""
    return _sha256("\n".join(f"{one.name} {one.digest}" for one in files))


def _exchange(new: RuleTexts) -> None:
    global _in_force  # noqa: PLW0603 - a pure reader cannot be handed the folder; it is set once, at the start
    _in_force = new
    for one in _declared.values():
        one.read.cache_clear()
    for forget in _followers:
        forget()


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
