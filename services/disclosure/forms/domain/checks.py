"""The checks that a form must pass before it is handed out, by the words in which the layout states them.

Figures that do not add up are a fault of ours and never leave the house (guarantee G16).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from services.disclosure.forms.domain.figures import Figures, total_of
from services.disclosure.forms.domain.form import Form, FormKind
from services.disclosure.forms.domain.period import Period


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the checks look at: the form, the month before, and the same ledger by city in the other form."""

    form: Form
    period: Period
    previous_ytd: Mapping[str, int]
    other: Mapping[str, Figures]


Check = Callable[[Evidence], list[str]]


def failures(evidence: Evidence, checks: tuple[str, ...]) -> list[str]:
    """What does not hold, with the values."""
    return [f"{check}: {fault}" for check in checks for fault in CHECKS[check](evidence)]


def _lines(evidence: Evidence) -> list[tuple[str, Figures]]:
    return [*((row.code, row.figures) for row in evidence.form.rows), ("total", evidence.form.total)]


def _parts_fit(evidence: Evidence) -> list[str]:
    return [
        f"{code}: {one.exit_month} < {one.exit_month_abnormal} + {one.exit_month_repair}"
        for code, one in _lines(evidence)
        if one.exit_month < one.exit_month_abnormal + one.exit_month_repair
    ]


def _year_goes_on(evidence: Evidence) -> list[str]:
    """In January the year begins anew."""
    faults = []
    for code, one in _lines(evidence):
        before = 0 if evidence.period.is_first_of_year else evidence.previous_ytd.get(code, 0)
        if one.exit_ytd != before + one.exit_month:
            faults.append(f"{code}: {one.exit_ytd} != {before} + {one.exit_month}")
    return faults


def _total_is_sum(evidence: Evidence) -> list[str]:
    total = total_of(row.figures for row in evidence.form.rows)
    return [] if total == evidence.form.total else [f"{evidence.form.total.printed()} != {total.printed()}"]


def _forms_agree(evidence: Evidence) -> list[str]:
    """Form B's row of a city is the total of that city's form A."""
    form = evidence.form
    mine = {row.code: row.figures for row in form.rows} if form.kind is FormKind.B else {form.unit: form.total}
    return [f"{city}: {mine[city].printed()}" for city, figures in evidence.other.items() if mine.get(city) != figures]


def _no_more_left_than_came(evidence: Evidence) -> list[str]:
    """What left this year was in the stock or is new. Decisions older than 近三年 are neither and stand apart."""
    return [
        f"{code}: {one.exit_ytd} - {one.exit_ytd_older} > {one.stock_3y} + {one.new_ytd}"
        for code, one in _lines(evidence)
        if one.exit_ytd - one.exit_ytd_older > one.stock_3y + one.new_ytd
    ]


CHECKS: Mapping[str, Check] = MappingProxyType(
    {
        "exit_month >= exit_month_abnormal + exit_month_repair": _parts_fit,
        "exit_ytd == previous.exit_ytd + exit_month": _year_goes_on,
        "total_row == sum(rows)": _total_is_sum,
        "province.row[city] == city.total_row": _forms_agree,
        "exit_ytd <= stock_3y + sum(new)": _no_more_left_than_came,
    }
)
