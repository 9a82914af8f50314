"""One arithmetic for every period: start day excluded, the corresponding day is the last, clamped to the month."""

from datetime import date

import pytest

from shared.policy.periods import day_after, last_day, parse_duration


@pytest.mark.parametrize(
    ("start", "duration", "last"),
    [
        ("2021-11-30", "P3M", "2022-02-28"),
        ("2024-02-29", "P12M", "2025-02-28"),
        ("2024-02-29", "P1Y", "2025-02-28"),
        ("2020-02-29", "P36M", "2023-02-28"),
        ("2020-02-29", "P4Y", "2024-02-29"),
        ("2023-12-31", "P2M", "2024-02-29"),
        ("2026-01-31", "P1M", "2026-02-28"),
        ("2026-12-31", "P30D", "2027-01-30"),
        ("2026-10-31", "P1M1D", "2026-12-01"),
        ("2026-04-01", "P0D", "2026-04-01"),
    ],
)
def test_a_period_ends_on_the_corresponding_day_or_the_end_of_its_month(start: str, duration: str, last: str) -> None:
    assert last_day(date.fromisoformat(start), parse_duration(duration)) == date.fromisoformat(last)


@pytest.mark.parametrize("text", ["", "P", "3M", "P3", "P-1Y", "PT3H", "P1M1Y", "P3m", "P1.5Y", "P３M", "P3M "])
def test_a_duration_that_is_none_is_refused_with_its_text(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration"):
        parse_duration(text)


def test_periods_stop_at_the_end_of_the_calendar_instead_of_raising() -> None:
    assert last_day(date(9999, 11, 30), parse_duration("P3M")) == date.max
    assert last_day(date(9999, 12, 31), parse_duration("P1D")) == date.max
    assert day_after(date.max) == date.max
