"""A strict reader of one TOML table: every key is asked for by name and type, and what nobody asked for is refused.

Serves the promise that a broken pack is refused with file, entry and reason. Knows nothing about the law.
"""

import re
from collections.abc import Collection, Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Any, TypeVar

from shared.policy.source import Confidence, Source
from shared.vocabulary import CHINESE_PENALTY_TYPES, PenaltyType

_Choice = TypeVar("_Choice", bound=StrEnum)
_DIVISION = re.compile(r"[1-9]\d{5}", re.ASCII)
_MISSING = object()


class PackError(ValueError):
    """A pack is refused: in which file, at which entry, and why."""

    def __init__(self, file: str, entry: str, reason: str) -> None:
        super().__init__(f"{file}: {entry}: {reason}")
        self.file = file
        self.entry = entry
        self.reason = reason


class Table:
    """One table of a pack file. Ask for its keys, then call `done`."""

    def __init__(self, file: str, entry: str, data: Any) -> None:
        self.file = file
        self.entry = entry
        if not isinstance(data, Mapping):
            raise self.refuse(f"expected a table, found {type(data).__name__}")
        self._left = dict(data)

    def refuse(self, reason: str) -> PackError:
        return PackError(self.file, self.entry, reason)

    def has(self, key: str) -> bool:
        return key in self._left

    def done(self) -> None:
        if self._left:
            raise self.refuse(f"unknown key {', '.join(sorted(self._left))}")

    def text(self, key: str, default: str | None = None) -> str:
        value = str(self._take(key, str, default))
        if not value.strip():
            raise self.refuse(f"{key} is empty")
        return value

    def flag(self, key: str, default: bool | None = None) -> bool:
        return bool(self._take(key, bool, default))

    def number(self, key: str, most: int | None = None) -> int:
        value: int = self._take(key, int, None)
        if isinstance(value, bool) or value < 0:
            raise self.refuse(f"{key} must be a whole number of 0 or more")
        if most is not None and value > most:
            raise self.refuse(f"{key} is {value}; it may be {most} at most")
        return value

    def day(self, key: str) -> date:
        value: date = self._take(key, date, None)
        if isinstance(value, datetime):
            raise self.refuse(f"{key} must be a day without a time")
        return value

    def optional_day(self, key: str) -> date | None:
        return self.day(key) if self.has(key) else None

    def texts(self, key: str, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        values = self._take(key, list, None if default is None else list(default))
        if not all(isinstance(value, str) for value in values):
            raise self.refuse(f"{key} must be a list of texts")
        return tuple(values)

    def values(self, key: str, kind: type) -> list[Any]:
        """A list whose members are all of one kind."""
        found: list[Any] = self._take(key, list, None)
        if not all(isinstance(value, kind) for value in found):
            raise self.refuse(f"{key} must be a list of {kind.__name__}")
        return found

    def choice(
        self,
        key: str,
        choices: type[_Choice],
        default: _Choice | None = None,
        *,
        among: Collection[_Choice] | None = None,
    ) -> _Choice:
        """One of the choices; `among` are those of them that make sense here."""
        return self._chosen(key, self.text(key, default), choices, among)

    def choices(self, key: str, choices: type[_Choice]) -> frozenset[_Choice]:
        values = self.texts(key)
        if not values or len(set(values)) != len(values):
            raise self.refuse(f"{key} must name at least one value and none twice")
        return frozenset(self._chosen(key, value, choices) for value in values)

    def penalty_types(self, key: str) -> frozenset[PenaltyType]:
        names = self.texts(key, ())
        if unknown := [name for name in names if name not in CHINESE_PENALTY_TYPES]:
            raise self.refuse(f"{key}: {', '.join(unknown)} is no penalty type of 行政处罚法 art. 9")
        return frozenset(CHINESE_PENALTY_TYPES[name] for name in names)

    def region(self, key: str) -> str:
        value = self.text(key)
        if not _DIVISION.fullmatch(value):
            raise self.refuse(f"{key}: {value!r} is not a six-digit division code")
        return value

    def table(self, key: str) -> "Table":
        return Table(self.file, f"{self.entry}.{key}", self._take(key, dict, None))

    def tables(self, key: str) -> list["Table"]:
        values = self._take(key, list, [])
        return [Table(self.file, _label(key, number, value), value) for number, value in enumerate(values, start=1)]

    def named_tables(self, key: str) -> "dict[str, Table]":
        """The tables of a list by their id, each id once."""
        named: dict[str, Table] = {}
        for table in self.tables(key):
            name = table.text("id")
            if name in named:
                raise table.refuse(f"id {name!r} is used twice")
            named[name] = table
        return named

    def rest(self) -> dict[str, Any]:
        """All keys that are left, for tables whose keys are names of their own."""
        left, self._left = self._left, {}
        return left

    def source(self) -> Source:
        """Citation and confidence, which every rule must carry."""
        if not str(self._left.get("citation", "")).strip():
            raise self.refuse("citation is missing")
        citation = self.text("citation")
        return Source(citation, self.choice("confidence", Confidence), self.text("citation_en", citation))

    def optional_text(self, key: str) -> str | None:
        return self.text(key) if self.has(key) else None

    def _chosen(
        self, key: str, value: str, choices: type[_Choice], among: Collection[_Choice] | None = None
    ) -> _Choice:
        possible = [one for one in choices if among is None or one in among]
        if value not in possible:
            raise self.refuse(f"{key}: {value!r} is none of {', '.join(possible)}")
        return choices(value)

    def _take(self, key: str, kind: type, default: Any) -> Any:
        value = self._left.pop(key, _MISSING)
        if value is _MISSING:
            if default is None:
                raise self.refuse(f"{key} is missing")
            return default
        if not isinstance(value, kind):
            raise self.refuse(f"{key} must be {kind.__name__}, found {type(value).__name__}")
        return value


def _label(key: str, number: int, value: Any) -> str:
    name = value.get("id") or value.get("name") if isinstance(value, Mapping) else None
    return f"{key} {number} ({name})" if name else f"{key} {number}"
