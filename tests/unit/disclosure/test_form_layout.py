"""A layout is data: a file that nobody could fill in, or check, is refused with its name and the reason."""

from typing import Any

import pytest

from services.disclosure.forms.domain.checks import CHECKS, Evidence, failures
from services.disclosure.forms.domain.figures import Figures
from services.disclosure.forms.domain.form import FormKind, build_form, row_of
from services.disclosure.forms.domain.layout import FILE, load_layout
from services.disclosure.forms.domain.period import period_of
from shared.policy import PackError

TEXT = FILE.packaged_text()
LAYOUT = load_layout()
NOVEMBER, JANUARY = period_of(2026, 11, 20, LAYOUT.stock), period_of(2027, 1, 20, LAYOUT.stock)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('key = "new_month"', 'key = "surprise"', "surprise"),
        ('key = "new_month"', 'key = "exit_ytd"', "new_month"),
        ("cutoff_day = 20", "cutoff_day = 32", "cutoff_day"),
        ('citation = "苏', 'citing = "苏', "citation"),
        ('confidence = "found"', 'confidence = "seed"', "confidence"),
        ("due_on} 前", "day} 前", "placeholder day"),
        ("A = 22", "A = 31", "A is 31"),
        ("stock_years = 3", "stock_years = 0", "stock_years"),
        ("width = 6", 'width = "6"', "width"),
        ("[campaign]", "[campaigns]", "campaign"),
        ("[campaign]", "[campaign", "monthly"),
        ('"total_row == sum(rows)",', '"total_row == 7",', "total_row == 7"),
    ],
)
def test_a_layout_that_cannot_be_used_is_refused_with_its_reason(old: str, new: str, reason: str) -> None:
    assert old in TEXT
    with pytest.raises(PackError, match=reason):
        FILE.parsed(TEXT.replace(old, new))


def test_every_check_of_the_layout_is_verified_by_somebody() -> None:
    assert set(LAYOUT.checks) == set(CHECKS)


@pytest.mark.parametrize(
    ("region", "city_row", "province_row"),
    [
        ("320613", "320613", "320600"),
        ("320684", "320614", "320600"),
        ("320602", "320613", "320600"),
        ("NT-TZW", "NT-TZW", "320600"),
        ("320600", "320600", "320600"),
        ("320671", "320600", "320600"),
        ("320412", None, "320400"),
        ("320000", None, None),
        ("330100", None, None),
        ("", None, None),
    ],
)
def test_every_region_has_its_row(region: str, city_row: str | None, province_row: str | None) -> None:
    assert row_of(FormKind.A, "320600", region) == city_row
    assert row_of(FormKind.B, "320000", region) == province_row


def evidence(figures: Figures, previous_ytd: int = 0, **changed: Any) -> Evidence:
    form = build_form(FormKind.A, "320600", {"320613": figures}, "市本级")
    given: dict[str, Any] = {
        "form": form,
        "period": NOVEMBER,
        "previous_ytd": {"320613": previous_ytd, "total": previous_ytd},
        "other": {"320600": form.total},
    }
    return Evidence(**(given | changed))


GOOD = Figures(stock_3y=9, exit_month=4, exit_month_abnormal=1, exit_month_repair=2, exit_ytd=7, new_month=1, new_ytd=1)


def test_a_form_that_adds_up_passes() -> None:
    assert failures(evidence(GOOD, 3), LAYOUT.checks) == []


@pytest.mark.parametrize(
    ("wrong", "check"),
    [
        (evidence(GOOD, 4), "exit_ytd == previous.exit_ytd + exit_month"),
        (evidence(GOOD, 3, period=JANUARY), "exit_ytd == previous.exit_ytd + exit_month"),
        (evidence(GOOD, 3, other={"320600": Figures()}), "province.row[city] == city.total_row"),
        (evidence(Figures(exit_month=1, exit_month_repair=2, exit_ytd=1, stock_3y=9)), "exit_month >="),
        (evidence(Figures(exit_month=1, exit_ytd=1)), "exit_ytd <= stock_3y + sum(new)"),
    ],
)
def test_each_check_sees_its_fault(wrong: Evidence, check: str) -> None:
    faults = failures(wrong, LAYOUT.checks)
    assert faults
    assert all(fault.startswith(check) for fault in faults)


def test_decisions_older_than_three_years_may_leave_without_having_been_in_the_stock() -> None:
    assert failures(evidence(Figures(exit_month=1, exit_ytd=1, exit_ytd_older=1)), LAYOUT.checks) == []
