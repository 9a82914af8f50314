"""Numbers that the checks compare with, read strictly from `limits.toml`, where each has its citation."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

from shared.policy.table import Table

_FILE = "limits.toml"


@dataclass(frozen=True, slots=True)
class Limits:
    """`majority` in years, `implausible_amount` in yuan."""

    majority: int
    implausible_amount: Decimal


@cache
def limits() -> Limits:
    """The packaged numbers. Raises `PackError` with file and entry."""
    return parse_limits(tomllib.loads(files(__package__).joinpath(_FILE).read_text(encoding="utf-8")))


def parse_limits(data: Mapping[str, Any]) -> Limits:
    """The numbers of one file; an unknown, missing or uncited one refuses it whole."""
    file = Table(_FILE, "file", data)
    found = Limits(_number(file.table("majority")), Decimal(_number(file.table("implausible_amount")) * 10_000))
    file.done()
    return found


def _number(entry: Table) -> int:
    entry.text("what")
    entry.source()
    number = entry.number("number")
    entry.done()
    return number
