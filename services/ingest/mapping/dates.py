"""Dates as sources write them (ruling R23): the forms that `dates.toml` names, among them the day numbers of
spreadsheets; anything else is no date."""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any

from shared.policy.table import Table
from shared.rule_files import RuleFile, on_change

_FORMS = re.compile(r"(\d{4})(?:-(\d{1,2})-(\d{1,2})|/(\d{1,2})/(\d{1,2})|(\d{2})(\d{2})|年(\d{1,2})月(\d{1,2})日)")
# Five digits: 1927-05-18 to 2173-10-13. Fewer could be a year or a count, more could be 20261113.
_DAY_NUMBER = re.compile(r"([1-9][0-9]{4})(?:\.[0-9]{1,20})?")
_LAST_DAY_NUMBER = 2_958_465  # 9999-12-31, which open-ended validity is written as
_BEFORE_FIRST_DAY = date(1899, 12, 30)  # day numbers from 61 on; the system counts a 29 February 1900 that never was
_FIRST_SOUND_NUMBER = 61
_FIRST_DAY_1904 = date(1904, 1, 1)

_FILE = "ingest/dates.toml"


class DateForm(StrEnum):
    """A way of writing a day."""

    DASHES = "dashes"
    SLASHES = "slashes"
    DIGITS = "digits"
    CHINESE = "chinese"
    DAY_NUMBER = "day_number"


_WRITTEN = {
    DateForm.DASHES: "2026-11-13",
    DateForm.SLASHES: "2026/11/13",
    DateForm.DIGITS: "20261113",
    DateForm.CHINESE: "2026年11月13日",
}
_FORM_OF = {3: DateForm.DASHES, 5: DateForm.SLASHES, 7: DateForm.DIGITS, 9: DateForm.CHINESE}  # by the last group

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
        return _numbered(text) if DateForm.DAY_NUMBER in date_forms() else None
    if _FORM_OF[match.lastindex or 0] not in date_forms():
        return None
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


def readable_forms() -> str:
    """How a person may write a day."""
    *others, last = [text for form, text in _WRITTEN.items() if form in date_forms()]
    return f"{', '.join(others)} or {last}" if others else last


def parse_forms(data: Mapping[str, Any]) -> frozenset[DateForm]:
    """The forms of one file, or `PackError` with entry and reason."""
    file = Table(_FILE, "file", data)
    forms = file.choices("forms", DateForm)
    file.source()
    file.done()
    if DateForm.DASHES not in forms:
        raise file.refuse("forms must name dashes: spreadsheets and JSON give dates in this form")
    return forms


FILE = RuleFile(_FILE, "services.ingest.mapping", parse_forms)

date_forms = FILE.read
"""The forms that are read."""

on_change(parse_date.cache_clear)
