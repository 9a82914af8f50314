"""A year keeps its days and its sources through the file in which every service keeps it."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from shared.workdays import AnnouncedYear, calendar_so_far, load_years, read_year_text, year_text

_NEW_YEAR = date(2027, 1, 1)
DAYS = st.sets(st.integers(0, 364).map(lambda number: _NEW_YEAR + timedelta(days=number)), min_size=1, max_size=40)
SOURCES = st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40), min_size=1, max_size=4)


@given(DAYS, DAYS, SOURCES)
def test_a_written_year_is_read_again_as_it_was(off: set[date], on: set[date], sources: list[str]) -> None:
    weekends = {day for day in on if day.weekday() >= 5}
    year = AnnouncedYear(2027, frozenset(off | {_NEW_YEAR}) - weekends, frozenset(weekends), tuple(sources))
    assert read_year_text("2027.toml", year_text(year)) == year


@given(st.sets(st.integers(2010, 2040), max_size=12))
def test_years_that_arrive_in_any_order_count_up_to_the_first_gap(arrived: set[int]) -> None:
    packaged = [year.year for year in load_years()]
    holiday = {year: frozenset({date(year, 1, 1), date(year, 1, 4), date(year, 1, 6)}) for year in arrived}
    further = [AnnouncedYear(year, off, frozenset(), ("样例通知",)) for year, off in holiday.items()]
    calendar = calendar_so_far(further)
    known = arrived | set(packaged)
    for year in range(2010, 2041):
        lowest, highest = min(year, packaged[0]), max(year, packaged[-1])
        assert calendar.is_announced(date(year, 6, 1)) == (set(range(lowest, highest + 1)) <= known)
