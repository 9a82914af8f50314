"""Working-day deadlines of the law as data (`deadlines.toml`); the working-day clock turns them into dates."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType


@dataclass(frozen=True)
class LegalDeadline:
    """`working_days` after the day of the event; the source is kept beside the number."""

    name: str
    working_days: int
    citation: str
    confidence: str


@cache
def deadlines() -> Mapping[str, LegalDeadline]:
    """All deadlines by name, such as `reporting`."""
    text = resources.files("shared.policy").joinpath("deadlines.toml").read_text(encoding="utf-8")
    return MappingProxyType(
        {
            name: LegalDeadline(name, entry["working_days"], entry["citation"], entry["confidence"])
            for name, entry in tomllib.loads(text).items()
        }
    )
