"""Reads the announced years and the fixed statutory days from their TOML files and refuses a wrong one by name.

A year file is what the State Council's notice says (放假调休安排); an own directory may add years or replace a packaged
one, for instance when a notice of the next year moves a day at the end of December. Serves G11.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

_PACKAGED = files(__package__)
_MONTH_AND_DAY = re.compile(r"([0-9]{2})-([0-9]{2})")
_SATURDAY = 5


class CalendarFileError(ValueError):
    """A calendar file that cannot be right; the message names the file and the entry."""


@dataclass(frozen=True, slots=True)
class AnnouncedYear:
    """One year as announced: days off, and weekend days worked (make-up days, 调休)."""

    year: int
    off: frozenset[date]
    on: frozenset[date]
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FixedDaysRule:
    """Fixed statutory days off as (month, day), from a year on."""

    from_year: int
    days: tuple[tuple[int, int], ...]


def load_years(extra_years_dir: Path | None = None) -> tuple[AnnouncedYear, ...]:
    """All announced years in order; a file of the extra directory wins over the packaged one of its year."""
    years = _read_years((_PACKAGED / "years").iterdir())
    if extra_years_dir is not None:
        if not extra_years_dir.is_dir():
            raise CalendarFileError(f"{extra_years_dir}: the directory with further calendar years does not exist")
        years |= _read_years(extra_years_dir.iterdir())
    return tuple(years[year] for year in sorted(years))


def load_fixed_days() -> tuple[FixedDaysRule, ...]:
    """The rules of fixed.toml, oldest first."""
    rules = _parse(_PACKAGED / "fixed.toml")["rule"]
    return tuple(
        FixedDaysRule(rule["from_year"], tuple(_month_and_day(entry) for entry in rule["days"]))
        for rule in sorted(rules, key=lambda rule: int(rule["from_year"]))
    )


def _read_years(entries: Iterable[Traversable]) -> dict[int, AnnouncedYear]:
    tables = [(entry.name, _parse(entry)) for entry in entries if entry.name.endswith(".toml")]
    years = [read_year(name, table) for name, table in tables]
    return {year.year: year for year in years}


def _parse(entry: Traversable) -> dict[str, Any]:
    try:
        return tomllib.loads(entry.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CalendarFileError(f"{entry.name}: not readable as TOML: {error}") from error


def read_year_text(name: str, text: str) -> AnnouncedYear:
    """Check a year file that came from elsewhere; `name` is its file name, which must be the year."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CalendarFileError(f"{name}: not readable as TOML: {error}") from error
    return read_year(name, table)


def read_year(name: str, table: Mapping[str, object]) -> AnnouncedYear:
    """Check one parsed year file; `name` is its file name, which must be the year."""
    if unknown := sorted(set(table) - {"year", "sources", "off", "on"}):
        raise CalendarFileError(f"{name}: unknown entry {unknown[0]}")
    year = table.get("year")
    if not isinstance(year, int) or name != f"{year}.toml":
        raise CalendarFileError(f"{name}: year is {year!r}; the file must be named after its year")
    off, on = _days(name, year, "off", table), _days(name, year, "on", table)
    _check_days(name, off, on)
    return AnnouncedYear(year, off, on, _sources(name, table))


def _days(name: str, year: int, key: str, table: Mapping[str, object]) -> frozenset[date]:
    entries = table.get(key)
    if not isinstance(entries, list):
        raise CalendarFileError(f"{name}: {key} must be a list of dates")
    for entry in entries:
        # A TOML date-time is a date by inheritance and would carry an hour into the comparison.
        if type(entry) is not date:
            raise CalendarFileError(f"{name}: {key} holds {entry!r}, which is not a date such as {year}-01-01")
        if entry.year != year:
            raise CalendarFileError(f"{name}: {key} holds {entry}, which is not in {year}")
        if entries.count(entry) > 1:
            raise CalendarFileError(f"{name}: {key} holds {entry} twice")
    return frozenset(entries)


def _check_days(name: str, off: frozenset[date], on: frozenset[date]) -> None:
    if both := sorted(off & on):
        raise CalendarFileError(f"{name}: {both[0]} is both off and on")
    if weekdays := sorted(day for day in on if day.weekday() < _SATURDAY):
        raise CalendarFileError(f"{name}: on holds {weekdays[0]}, which is no Saturday or Sunday")
    if not any(day.weekday() < _SATURDAY for day in off):
        raise CalendarFileError(f"{name}: off names no weekday; a year without holidays was not announced")


def _sources(name: str, table: Mapping[str, object]) -> tuple[str, ...]:
    sources = table.get("sources")
    if not isinstance(sources, list) or not sources or not all(isinstance(text, str) and text for text in sources):
        raise CalendarFileError(f"{name}: sources must name the notice that announced the year")
    return tuple(sources)


def _month_and_day(entry: str) -> tuple[int, int]:
    match = _MONTH_AND_DAY.fullmatch(entry)
    if match is None:
        raise CalendarFileError(f"fixed.toml: {entry!r} is not a day such as 10-01")
    return int(match[1]), int(match[2])
