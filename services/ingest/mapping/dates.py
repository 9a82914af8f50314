"""Dates as sources write them (ruling R23): the four usual forms and the day numbers of spreadsheets; anything else is
no date."""

import re
from datetime import date, timedelta
from functools import lru_cache

_FORMS = re.compile(r"(\d{4})(?:-(\d{1,2})-(\d{1,2})|/(\d{1,2})/(\d{1,2})|(\d{2})(\d{2})|年(\d{1,2})月(\d{1,2})日)")
# Five digits: 1927-05-18 to 2173-10-13. Fewer could be a year or a count, more could be 20261113.
_DAY_NUMBER = re.compile(r"([1-9][0-9]{4})(?:\.[0-9]{1,20})?")
_LAST_DAY_NUMBER = 2_958_465  # 9999-12-31, which open-ended validity is written as
_BEFORE_FIRST_DAY = date(1899, 12, 30)  # day numbers from 61 on; the system counts a 29 February 1900 that never was
_FIRST_SOUND_NUMBER = 61
_FIRST_DAY_1904 = date(1904, 1, 1)

DATE_FIELDS = frozenset({
    "decided_on", "valid_from", "valid_until", "publication_ends", "withdrawn_on", "released_on", "correct_by",
    "reinspected_on",
})  # fmt: skip
"""Fields of the templates that hold a day."""


@lru_cache(maxsize=20_000)
def parse_date(text: str) -> date | None:
    """The day, or None when no form fits or the day does not exist. Cached: a feed repeats few days very often."""
    match = _FORMS.fullmatch(text)
    if match is None:
        return _numbered(text)
    year, month, day = (int(part) for part in match.groups() if part is not None)
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _numbered(text: str) -> date | None:
    if text == str(_LAST_DAY_NUMBER):
        return date.max
    match = _DAY_NUMBER.fullmatch(text)
    return date_of_number(int(match[1])) if match else None


def date_of_number(number: int, *, since_1904: bool = False) -> date | None:
    """The day of a spreadsheet's day number (Excel 日期序列号), which counts from 1900 or, in old books, from 1904."""
    try:
        if since_1904:
            return _FIRST_DAY_1904 + timedelta(days=number) if number >= 0 else None
        return _BEFORE_FIRST_DAY + timedelta(days=number) if number >= _FIRST_SOUND_NUMBER else None
    except OverflowError:
        return None
