"""Dates as sources write them (ruling R23): the four usual forms; anything else is no date."""

import re
from datetime import date
from functools import lru_cache

_FORMS = re.compile(r"(\d{4})(?:-(\d{1,2})-(\d{1,2})|/(\d{1,2})/(\d{1,2})|(\d{2})(\d{2})|年(\d{1,2})月(\d{1,2})日)")


@lru_cache(maxsize=20_000)
def parse_date(text: str) -> date | None:
    """The day, or None when no form fits or the day does not exist. Cached: a feed repeats few days very often."""
    match = _FORMS.fullmatch(text)
    if match is None:
        return None
    year, month, day = (int(part) for part in match.groups() if part is not None)
    try:
        return date(year, month, day)
    except ValueError:
        return None
