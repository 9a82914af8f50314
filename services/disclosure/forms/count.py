"""Count a monthly form from the ledger and check it (月报表), or open one of its figures into the records it counts.

Reads only. A form whose figures do not add up, or whose ledger is behind the clock, is refused (guarantee G16).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from services.disclosure.forms import store
from services.disclosure.forms.domain.checks import Evidence, failures
from services.disclosure.forms.domain.figures import Figures
from services.disclosure.forms.domain.form import JIANGSU, Form, FormKind, build_form, row_of, unit_name
from services.disclosure.forms.domain.layout import Layout, load_layout
from services.disclosure.forms.domain.period import Period, parse_month, period_before, period_of
from services.disclosure.metrics import FORMS_REFUSED
from shared.database.connection import AsyncConnection
from shared.database.types import AnyRow
from shared.errors import CONFLICT, MALFORMED, NOT_FOUND, OVERLOADED, Problem
from shared.identifiers import cities

TOTAL = "total"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which form: of whom, for which month, and by which cut-off (None: the layout's)."""

    kind: FormKind
    unit: str
    month: str
    cutoff_day: int | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """A form that passed its checks. `is_closed`: its last day is over, so that nothing can be added to it."""

    form: Form
    period: Period
    layout: Layout
    is_closed: bool


def period_wanted(wanted: Wanted, today: date) -> Period:
    """The statistical month, or the problem with what was asked for."""
    month = parse_month(wanted.month)
    if month is None:
        raise _malformed("month", "a month such as 2026-11")
    if unit_name(wanted.kind, wanted.unit) is None:
        raise _malformed("unit", "form A: the code of a city of Jiangsu; form B: 320000")
    layout = load_layout()
    cutoff = layout.cutoff_day if wanted.cutoff_day is None else wanted.cutoff_day
    period = period_of(*month, cutoff, layout.stock)
    if period.starts_on > today:
        raise _malformed("month", f"begins on {period.starts_on}, after today")
    return period


async def count_form(connection: AsyncConnection, wanted: Wanted, today: date) -> Counted:
    """The form as the ledger has it now. Raises `Problem` when a check fails or an expiry is still to be written."""
    period, layout = period_wanted(wanted, today), load_layout()
    await _refuse_when_behind(connection, min(period.ends_on, today))
    by_region, before = await store.count_by_region(connection, period, period_before(period, layout.stock))
    form = build_form(wanted.kind, wanted.unit, by_region, layout.own_row)
    previous = build_form(wanted.kind, wanted.unit, before, layout.own_row)
    evidence = Evidence(
        form=form,
        period=period,
        previous_ytd={
            **{row.code: row.figures.exit_ytd for row in previous.rows},
            TOTAL: previous.total.exit_ytd,
        },
        other=_by_city_in_the_other_form(wanted, by_region, layout),
    )
    faults = failures(evidence, layout.checks)
    if faults:
        FORMS_REFUSED.inc()
        raise Problem(CONFLICT, "The form does not add up and is not handed out.", failures=faults[:20])
    return Counted(form, period, layout, period.ends_on < today)


@dataclass(frozen=True)
class Opened:
    """A figure that somebody opens: its column, the days that it is of, and the regions whose records it counts."""

    column: str
    period: Period
    regions: Sequence[str]


async def open_figure(connection: AsyncConnection, wanted: Wanted, today: date, row: str, column: str) -> Opened:
    """What one figure counts, or the problem that the form has no such row."""
    period = period_wanted(wanted, today)
    found = await store.list_regions(connection, column, period)
    rows = {region: row_of(wanted.kind, wanted.unit, region) for region in found}
    regions = [region for region, code in rows.items() if code is not None and row in (TOTAL, code)]
    if not regions and row != TOTAL and row not in _row_codes(wanted):
        raise Problem(NOT_FOUND, "The form has no such row.")
    return Opened(column, period, regions)


async def entries_of(connection: AsyncConnection, figure: Opened, after: object, limit: int) -> Sequence[AnyRow]:
    """The entries behind a figure, after a position."""
    return await store.list_counted(connection, figure.column, figure.period, figure.regions, _position(after), limit)


def _row_codes(wanted: Wanted) -> set[str]:
    return {row.code for row in build_form(wanted.kind, wanted.unit, {}, "").rows} | {wanted.unit}


def _position(after: object) -> tuple[date, str] | None:
    match after:
        case None:
            return None
        case [str() as day, str() as record_id]:
            try:
                return date.fromisoformat(day), record_id
            except ValueError:
                pass
    raise _malformed("cursor", "not a cursor of this list")


def _by_city_in_the_other_form(wanted: Wanted, by_region: dict[str, Figures], layout: Layout) -> dict[str, Figures]:
    if wanted.kind is FormKind.B:
        return {city.code: build_form(FormKind.A, city.code, by_region, layout.own_row).total for city in cities()}
    province = build_form(FormKind.B, JIANGSU, by_region, layout.own_row)
    return {row.code: row.figures for row in province.rows if row.code == wanted.unit}


async def _refuse_when_behind(connection: AsyncConnection, by: date) -> None:
    late = await store.count_late(connection, by)
    if late:
        raise Problem(
            OVERLOADED,
            f"{late} records whose window is over are still to be written into the ledger.",
            retry_after_seconds=5,
        )


def _malformed(field: str, reason: str) -> Problem:
    return Problem(MALFORMED, "The form cannot be counted.", errors=[{"field": field, "reason": reason}])
