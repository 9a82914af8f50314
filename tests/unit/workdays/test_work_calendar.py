"""Working days and deadlines in announced years, at the horizon and beyond (G11, ruling R31)."""

from datetime import date, timedelta

import pytest

from shared.workdays import (
    CalendarFileError,
    CalendarRangeError,
    Deadline,
    build_calendar,
    load_calendar,
    load_fixed_days,
)
from shared.workdays.loading import AnnouncedYear

CALENDAR = load_calendar()


@pytest.mark.parametrize(
    ("start", "n", "expected"),
    [
        (date(2022, 9, 28), 7, date(2022, 10, 12)),
        (date(2022, 1, 26), 7, date(2022, 2, 9)),
        (date(2026, 2, 11), 7, date(2026, 2, 27)),
        (date(2026, 9, 23), 3, date(2026, 9, 29)),
        (date(2026, 4, 29), 10, date(2026, 5, 15)),
        (date(2023, 12, 20), 20, date(2024, 1, 18)),
    ],
)
def test_a_term_ends_on_the_day_of_the_agreed_vectors(start: date, n: int, expected: date) -> None:
    assert CALENDAR.add_working_days(start, n) == Deadline(expected, provisional=False)


# Each break as (last working day before, first day off, last day off, first working day after).
BREAKS = [
    ("2023-12-29", "2023-12-30", "2024-01-01", "2024-01-02"),
    ("2024-02-09", "2024-02-10", "2024-02-17", "2024-02-18"),
    ("2024-04-03", "2024-04-04", "2024-04-06", "2024-04-07"),
    ("2024-04-30", "2024-05-01", "2024-05-05", "2024-05-06"),
    ("2024-06-07", "2024-06-08", "2024-06-10", "2024-06-11"),
    ("2024-09-14", "2024-09-15", "2024-09-17", "2024-09-18"),
    ("2024-09-30", "2024-10-01", "2024-10-07", "2024-10-08"),
    ("2024-12-31", "2025-01-01", "2025-01-01", "2025-01-02"),
    ("2025-01-27", "2025-01-28", "2025-02-04", "2025-02-05"),
    ("2025-04-03", "2025-04-04", "2025-04-06", "2025-04-07"),
    ("2025-04-30", "2025-05-01", "2025-05-05", "2025-05-06"),
    ("2025-05-30", "2025-05-31", "2025-06-02", "2025-06-03"),
    ("2025-09-30", "2025-10-01", "2025-10-08", "2025-10-09"),
    ("2025-12-31", "2026-01-01", "2026-01-03", "2026-01-04"),
    ("2026-02-14", "2026-02-15", "2026-02-23", "2026-02-24"),
    ("2026-04-03", "2026-04-04", "2026-04-06", "2026-04-07"),
    ("2026-04-30", "2026-05-01", "2026-05-05", "2026-05-06"),
    ("2026-06-18", "2026-06-19", "2026-06-21", "2026-06-22"),
    ("2026-09-24", "2026-09-25", "2026-09-27", "2026-09-28"),
    ("2026-09-30", "2026-10-01", "2026-10-07", "2026-10-08"),
]


@pytest.mark.parametrize("edges", BREAKS)
def test_every_holiday_begins_and_ends_on_its_announced_days(edges: tuple[str, ...]) -> None:
    before, first, last, after = map(date.fromisoformat, edges)
    assert (before + timedelta(days=1), last + timedelta(days=1)) == (first, after)
    assert [CALENDAR.is_working_day(day) for day in (before, first, last, after)] == [True, False, False, True]
    assert CALENDAR.working_days_between(before, last) == 0
    assert CALENDAR.add_working_days(before, 1).day == after
    assert CALENDAR.add_working_days(last, 1).day == after


MAKE_UP_DAYS = {
    2024: ["02-04", "02-18", "04-07", "04-28", "05-11", "09-14", "09-29", "10-12"],
    2025: ["01-26", "02-08", "04-27", "09-28", "10-11"],
    2026: ["01-04", "02-14", "02-28", "05-09", "09-20", "10-10"],
}


@pytest.mark.parametrize("year", MAKE_UP_DAYS)
def test_exactly_the_announced_weekend_days_are_worked(year: int) -> None:
    days = [date(year, 1, 1) + timedelta(days=offset) for offset in range(366)]
    worked = [day for day in days if day.year == year and day.weekday() >= 5 and CALENDAR.is_working_day(day)]
    assert worked == [date.fromisoformat(f"{year}-{day}") for day in MAKE_UP_DAYS[year]]


@pytest.mark.parametrize(("year", "expected"), [(2024, 251), (2025, 248), (2026, 248)])
def test_a_year_has_as_many_working_days_as_announced(year: int, expected: int) -> None:
    assert CALENDAR.working_days_between(date(year - 1, 12, 31), date(year, 12, 31)) == expected


def test_a_term_counts_a_make_up_day() -> None:
    assert CALENDAR.add_working_days(date(2026, 2, 13), 1).day == date(2026, 2, 14)


def test_a_term_of_zero_days_ends_where_it_starts_and_a_negative_one_is_refused() -> None:
    assert CALENDAR.add_working_days(date(2026, 10, 3), 0) == Deadline(date(2026, 10, 3), provisional=False)
    with pytest.raises(ValueError, match="-1 working days"):
        CALENDAR.add_working_days(date(2026, 10, 3), -1)


def test_the_last_announced_day_is_final_and_the_next_is_provisional() -> None:
    assert CALENDAR.announced_until == date(2026, 12, 31)
    assert CALENDAR.add_working_days(date(2026, 12, 30), 1) == Deadline(date(2026, 12, 31), provisional=False)
    assert CALENDAR.add_working_days(date(2026, 12, 31), 1) == Deadline(date(2027, 1, 4), provisional=True)
    assert CALENDAR.add_working_days(date(2027, 1, 1), 0).provisional


def test_a_year_not_announced_has_its_weekends_and_fixed_days_off() -> None:
    off = [date(2027, 1, 1) + timedelta(days=offset) for offset in range(365)]
    weekdays_off = [day for day in off if day.weekday() < 5 and not CALENDAR.is_working_day(day)]
    assert weekdays_off == [date(2027, 1, 1), date(2027, 10, 1)]
    assert [CALENDAR.is_working_day(date(2028, *day)) for day in ((5, 1), (5, 2), (5, 3))] == [False, False, True]
    assert not any(CALENDAR.is_working_day(day) for day in off if day.weekday() >= 5)
    assert not CALENDAR.is_announced(date(2027, 1, 1))


def test_a_year_before_the_files_follows_the_fixed_days_of_its_time() -> None:
    assert not CALENDAR.is_working_day(date(2017, 5, 1))
    assert CALENDAR.is_working_day(date(2017, 5, 2))
    assert CALENDAR.add_working_days(date(2018, 12, 28), 1).provisional
    assert not CALENDAR.add_working_days(date(2018, 12, 31), 1).provisional


def test_no_first_of_january_of_the_span_raises_or_is_worked() -> None:
    for year in range(1950, 2149):
        assert not CALENDAR.is_working_day(date(year, 1, 1))
        assert CALENDAR.add_working_days(date(year, 1, 1), 20).day.year == year


@pytest.mark.parametrize("day", [date.min, date(1948, 12, 31), date(2150, 1, 1), date.max])
def test_a_date_that_no_term_can_reach_is_named(day: date) -> None:
    for ask in (lambda: CALENDAR.is_working_day(day), lambda: CALENDAR.add_working_days(day, 1)):
        with pytest.raises(CalendarRangeError, match=str(day)):
            ask()


def test_a_term_that_runs_out_of_the_span_is_named() -> None:
    with pytest.raises(CalendarRangeError, match="100000 working days after 2026-01-01"):
        CALENDAR.add_working_days(date(2026, 1, 1), 100_000)


def test_the_very_first_day_of_the_span_can_be_asked() -> None:
    assert CALENDAR.is_working_day(date(1949, 1, 1)) is False
    assert CALENDAR.is_working_day(date(1949, 1, 3)) is True


def test_a_gap_between_announced_years_is_refused() -> None:
    years = [AnnouncedYear(year, frozenset({date(year, 10, 1)}), frozenset(), ("notice",)) for year in (2026, 2028)]
    with pytest.raises(CalendarFileError, match=r"2027\.toml is missing"):
        build_calendar(years, load_fixed_days())
    with pytest.raises(CalendarFileError, match="no calendar year"):
        build_calendar([], load_fixed_days())
