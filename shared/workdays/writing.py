"""Writes an announced year in the form in which year files are read: a year has one form wherever it is kept."""

import json
from collections.abc import Iterable
from datetime import date

from .loading import AnnouncedYear

_DAYS_A_LINE = 7


def year_text(year: AnnouncedYear) -> str:
    """The year file of this year; `read_year_text` makes the same year of it."""
    sources = "".join(f"    {_quoted(source)},\n" for source in year.sources)
    return f"year = {year.year}\nsources = [\n{sources}]\noff = {_list(year.off)}\non = {_list(year.on)}\n"


def _quoted(text: str) -> str:
    # TOML takes the escapes of JSON, and unlike JSON refuses a bare DEL.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _list(days: Iterable[date]) -> str:
    ordered = [day.isoformat() for day in sorted(days)]
    lines = (", ".join(ordered[at : at + _DAYS_A_LINE]) for at in range(0, len(ordered), _DAYS_A_LINE))
    return "[\n" + "".join(f"    {line},\n" for line in lines) + "]"
