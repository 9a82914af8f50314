"""Numbers that the checks compare with, read strictly from `limits.toml`, where each has its citation."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from shared.policy.table import Table
from shared.rule_files import RuleFile

_FILE = "ingest/limits.toml"
_MOST_YEARS = 120
_MOST_WAN = 100_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """`majority` in years, `implausible_amount` in yuan."""

    majority: int
    implausible_amount: Decimal


def parse_limits(data: Mapping[str, Any]) -> Limits:
    """The numbers of one file; an unknown, missing or uncited one refuses it whole."""
    file = Table(_FILE, "file", data)
    majority, amount = file.table("majority"), file.table("implausible_amount")
    found = Limits(_number(majority, _MOST_YEARS), Decimal(_number(amount, _MOST_WAN) * 10_000))
    file.done()
    return found


def _number(entry: Table, most: int) -> int:
    entry.text("what")
    entry.source()
    number = entry.number("number", most)
    entry.done()
    if number < 1:
        raise entry.refuse("number must be 1 or more")
    return number


FILE = RuleFile(_FILE, "services.ingest.domain", parse_limits)

limits = FILE.read
"""The numbers in force."""
