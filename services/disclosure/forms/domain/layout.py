"""The form as data: titles, header, columns, cut-off and checks, read from a packaged file with a version.

A file with an unknown column, a check that nobody verifies or a missing citation is refused. Decides no figure.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from services.disclosure.forms.domain.checks import CHECKS
from services.disclosure.forms.domain.figures import Figure
from services.disclosure.forms.domain.period import Stock
from shared.errors import StartRefused

CURRENT = "monthly-exit-2022"
_TEXT_COLUMNS = ("seq", "region")
_REMINDER_WORDS = ("unit", "form", "month", "due_on", "starts_on", "ends_on")
_LAST_DAY_OF_EVERY_MONTH = 28


@dataclass(frozen=True)
class LayoutColumn:
    """One column of the sheet; neighbours that are `grouped` stand under one common heading."""

    key: str
    name: str
    width: float
    grouped: bool


@dataclass(frozen=True)
class Layout:
    """One version of the form."""

    version: str
    citation: str
    titles: Mapping[str, str]
    header: tuple[str, ...]
    group: str
    total: str
    own_row: str
    unit: str
    cutoff_day: int
    stock: Stock
    columns: tuple[LayoutColumn, ...]
    checks: tuple[str, ...]
    due_days: Mapping[str, int]
    reminder_title: str
    reminder_text: tuple[str, ...]


@cache
def load_layout(version: str = CURRENT) -> Layout:
    """A packaged layout. Raises `StartRefused` with file and entry."""
    text = (files(__package__.rpartition(".")[0]) / "layouts" / f"{version}.toml").read_text(encoding="utf-8")
    return read_layout(text, f"{version}.toml")


def read_layout(text: str, name: str) -> Layout:
    """The layout in a text; `name` stands in every refusal."""
    try:
        return _layout(tomllib.loads(text))
    except (KeyError, TypeError, ValueError) as error:
        raise StartRefused(f"the form layout {name} cannot be used: {error}") from None


def _layout(data: dict[str, Any]) -> Layout:
    campaign = data["campaign"]
    columns = tuple(_column(entry) for entry in data["column"])
    missing = {*_TEXT_COLUMNS, *Figure} - {column.key for column in columns}
    if missing or len(columns) != len(_TEXT_COLUMNS) + len(Figure):
        raise ValueError(f"each column must stand there once; missing: {sorted(missing)}")
    if not data["citation"].strip() or not 1 <= data["cutoff_day"] <= 31:
        raise ValueError("citation or cutoff_day is missing or impossible")
    unknown = [check for check in data["checks"] if check not in CHECKS]
    if unknown:
        raise ValueError(f"nobody verifies the check {unknown[0]!r}")
    return Layout(
        version=data["version"],
        citation=data["citation"],
        titles={form: str(data["titles"][form]) for form in ("A", "B")},
        header=tuple(data["header"]),
        group=data["group"],
        total=data["total"],
        own_row=data["own_row"],
        unit=data["unit"],
        cutoff_day=data["cutoff_day"],
        stock=Stock(data["stock_years"], campaign["until"], campaign["from"], campaign["to"]),
        columns=columns,
        checks=tuple(data["checks"]),
        due_days=_due_days(data["due"]),
        reminder_title=data["reminder"]["title"],
        reminder_text=_reminder_text(data["reminder"]["text"]),
    )


def _due_days(due: dict[str, Any]) -> Mapping[str, int]:
    days = {form: int(due[form]) for form in ("A", "B")}
    if not due["citation"].strip() or not all(1 <= day <= _LAST_DAY_OF_EVERY_MONTH for day in days.values()):
        raise ValueError("due: a citation is missing, or a day is not in every month")
    return days


def _reminder_text(paragraphs: list[str]) -> tuple[str, ...]:
    """Refused when it names a value that no reminder has."""
    for paragraph in paragraphs:
        paragraph.format(**dict.fromkeys(_REMINDER_WORDS, ""))
    return tuple(paragraphs)


def _column(entry: dict[str, Any]) -> LayoutColumn:
    key = entry["key"]
    if key not in _TEXT_COLUMNS and key not in set(Figure):
        raise ValueError(f"column {key} is unknown")
    return LayoutColumn(key, entry["name"], float(entry["width"]), bool(entry.get("grouped", False)))
