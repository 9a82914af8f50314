"""Working-day deadlines of the law as data (`deadlines.toml`); the working-day clock turns them into dates.

A file that lacks a deadline, names one that nobody counts or counts it from another event is refused whole.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from shared.policy.table import PackError, Table
from shared.rule_files import RuleFile

_MOST_WORKING_DAYS = 250  # a year of offices: more is a slip of the pen


@dataclass(frozen=True)
class LegalDeadline:
    """`working_days` after the day of the event; the source is kept beside the number."""

    name: str
    working_days: int
    citation: str
    confidence: str


def parse_deadlines(data: Mapping[str, Any]) -> Mapping[str, LegalDeadline]:
    """The deadlines of one file, or `PackError` with entry and reason."""
    events = _events()
    if missing := sorted(set(events) - set(data)):
        raise PackError(FILE.name, missing[0], "the deadline is missing")
    if unknown := sorted(set(data) - set(events)):
        raise PackError(FILE.name, unknown[0], f"no part of the program counts it; known are {', '.join(events)}")
    return MappingProxyType({name: _deadline(name, entry, events[name]) for name, entry in data.items()})


def _deadline(name: str, entry: object, event: str) -> LegalDeadline:
    table = Table(FILE.name, name, entry)
    table.text("what")
    if (counted_from := table.text("from")) != event:
        raise table.refuse(f"from: {counted_from!r} is not the event from which the program counts, {event!r}")
    days, source = table.number("working_days"), table.source()
    table.done()
    if not 1 <= days <= _MOST_WORKING_DAYS:
        raise table.refuse(f"working_days is {days}; it must be 1 to {_MOST_WORKING_DAYS}")
    return LegalDeadline(name, days, source.citation, source.confidence.value)


@cache
def _events() -> Mapping[str, str]:
    """From what each deadline is counted: a matter of the program, so it stands as packaged."""
    return {name: entry["from"] for name, entry in tomllib.loads(FILE.packaged_text()).items()}


FILE = RuleFile("deadlines.toml", "shared.policy", parse_deadlines)

deadlines = FILE.read
"""All deadlines by name, such as `reporting`, as they are in force; ask at use, never at import."""


def longest_term() -> int:
    """The most working days that any of them spans."""
    return max(one.working_days for one in deadlines().values())
