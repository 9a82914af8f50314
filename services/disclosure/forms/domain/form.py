"""A form put together from figures by region code: rows in form order, total, and what belongs to no row.

A former code is counted in its successor's row. A code that names the city itself, or that begins like the city's and
is in no table, is counted in the row 市本级, so that the city's total is whole and equals its row of form B (R32).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from services.disclosure.forms.domain.figures import Figures, total_of
from shared.identifiers import cities, city_of, counties_of, current_division_of, division_of

JIANGSU = "320000"
_CITY_DIGITS = 4


class FormKind(StrEnum):
    """A: a city by its counties. B: the province by its cities."""

    A = "A"
    B = "B"


@dataclass(frozen=True, slots=True)
class FormRow:
    """One region's row. `codes` are the region codes of the ledger that it counts."""

    code: str
    name: str
    figures: Figures
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Form:
    """The rows, their total, and what stands in the ledger for regions outside the unit."""

    kind: FormKind
    unit: str
    unit_name: str
    rows: tuple[FormRow, ...]
    total: Figures
    outside: Figures


def unit_name(kind: FormKind, unit: str) -> str | None:
    """The name of a unit for which this form exists, or None."""
    if kind is FormKind.B:
        division = division_of(unit)
        return division.name if division is not None and unit == JIANGSU else None
    return next((city.name for city in cities() if city.code == unit), None)


def row_of(kind: FormKind, unit: str, region: str) -> str | None:
    """The code of the row in which a record of this region is counted; None when it belongs to another unit."""
    city = _city_code(region)
    if kind is FormKind.B:
        return city
    if city != unit:
        return None
    current = current_division_of(region)
    return current.code if current is not None and current.parent == unit else unit


def build_form(kind: FormKind, unit: str, by_region: Mapping[str, Figures], own_row: str) -> Form:
    """The form of a unit; `own_row` names the extra row, which is there only when it counts something."""
    gathered: dict[str, list[str]] = {}
    outside: list[str] = []
    for region in sorted(by_region):
        row = row_of(kind, unit, region)
        (outside if row is None else gathered.setdefault(row, [])).append(region)
    listed = [(one.code, one.name) for one in (cities() if kind is FormKind.B else counties_of(unit))]
    rows = [_row(code, name, gathered.get(code, ()), by_region) for code, name in listed]
    own = _row(unit, own_row, gathered.get(unit, ()), by_region)
    if kind is FormKind.A and own.figures != Figures():
        rows.append(own)
    total = total_of(row.figures for row in rows)
    left = total_of(by_region[region] for region in outside)
    return Form(kind, unit, unit_name(kind, unit) or unit, tuple(rows), total, left)


def _row(code: str, name: str, regions: Iterable[str], by_region: Mapping[str, Figures]) -> FormRow:
    codes = tuple(regions)
    return FormRow(code, name, total_of(by_region[region] for region in codes), codes)


def _city_code(region: str) -> str | None:
    known = city_of(region)
    code = known.code if known is not None else f"{region[:_CITY_DIGITS]}00"
    return code if any(city.code == code for city in cities()) else None
