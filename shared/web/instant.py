"""Instants and days that callers name: those that stay such in every time zone, calendar and database."""

from datetime import UTC, date, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, Field

from shared.clock import LEGAL_ZONE

_FIRST, _BEHIND = datetime(1900, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)


def _in_legal_zone(given: datetime) -> datetime:
    at = given if given.tzinfo else given.replace(tzinfo=LEGAL_ZONE)
    if not _FIRST <= at < _BEHIND:
        raise ValueError("before the year 1900 or after 9998")
    return at


NamedInstant = Annotated[AwareDatetime, Field(ge=_FIRST, lt=_BEHIND)]
"""The first and the last hours that Python knows overflow when they are brought to UTC."""

LocalInstant = Annotated[datetime, AfterValidator(_in_legal_zone)]
"""The same, in Shanghai where no zone is given."""

NamedDay = Annotated[date, Field(ge=date(1900, 1, 1), lt=date(9999, 1, 1))]
"""Before the first day that Python knows there is none, and none behind the last: a calendar looks at both sides."""
