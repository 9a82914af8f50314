"""Working days and deadlines counted in them, from the announced arrangements of the State Council.

Pure: the packaged tables (and a directory of further years) are read once by `load_calendar`; nothing asks the time.
"""

from .calendar import (
    CalendarRangeError,
    Deadline,
    WorkCalendar,
    build_calendar,
    calendar_so_far,
    calendar_with,
    load_calendar,
)
from .loading import (
    AnnouncedYear,
    CalendarFileError,
    FixedDaysRule,
    load_fixed_days,
    load_years,
    read_year,
    read_year_text,
)
from .writing import year_text

__all__ = [
    "AnnouncedYear",
    "CalendarFileError",
    "CalendarRangeError",
    "Deadline",
    "FixedDaysRule",
    "WorkCalendar",
    "build_calendar",
    "calendar_so_far",
    "calendar_with",
    "load_calendar",
    "load_fixed_days",
    "load_years",
    "read_year",
    "read_year_text",
    "year_text",
]
