"""Division codes, 行政区划代码 (GB/T 2260), for the regions that the monthly forms and the sample feeds name.

The table is `divisions.csv`; the order of its rows is the order of the forms, which is not code order (常州 before
徐州). An unknown code gives None and is at most a warning: no list is complete and old companies keep revoked codes.
Functional zones (功能区) without a national code have local ones such as NT-KFQ. Serves G16.
"""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

JIANGSU = "320000"


@dataclass(frozen=True, slots=True)
class Division:
    """行政区划 or 功能区; years of validity as in the yearly code tables, None where no change is known."""

    code: str
    name: str
    parent: str | None
    valid_from: int | None
    valid_to: int | None
    successor: str | None

    @property
    def is_current(self) -> bool:
        """Whether the code is still given to new subjects."""
        return self.valid_to is None


@cache
def _divisions() -> dict[str, Division]:
    table = (files(__package__) / "divisions.csv").read_text(encoding="utf-8")
    return {row["code"]: _division(row) for row in csv.DictReader(table.splitlines())}


def _division(row: dict[str, str]) -> Division:
    return Division(
        code=row["code"],
        name=row["name"],
        parent=row["parent"] or None,
        valid_from=int(row["valid_from"]) if row["valid_from"] else None,
        valid_to=int(row["valid_to"]) if row["valid_to"] else None,
        successor=row["successor"] or None,
    )


def division_of(code: str) -> Division | None:
    """The division with this code, current or former, or None."""
    return _divisions().get(code)


def current_division_of(code: str) -> Division | None:
    """The division in whose row a record with this code is counted: a former code leads to its successor."""
    division = division_of(code)
    while division is not None and division.successor is not None:
        division = division_of(division.successor)
    return division


@cache
def cities() -> tuple[Division, ...]:
    """The thirteen cities of Jiangsu in the order of the provincial form."""
    return counties_of(JIANGSU)


def counties_of(code: str) -> tuple[Division, ...]:
    """The current divisions and zones directly below this one, in form order."""
    return tuple(below for below in _divisions().values() if below.parent == code and below.is_current)


def city_of(code: str) -> Division | None:
    """The city (设区市) of a county, zone or city; None for a province and for an unknown code."""
    division = division_of(code)
    while division is not None and division.parent is not None:
        above = division_of(division.parent)
        if above is not None and above.parent is None:
            return division
        division = above
    return None
