"""The date form of Retry-After (RFC 9110 section 10.2.3). The other form is a number of seconds."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime


def wait_until(said: str, now: datetime) -> timedelta | None:
    """How long it is until that date, nothing when it is over; None when it is no date."""
    try:
        at = parsedate_to_datetime(said)
    except (ValueError, OverflowError):  # a year of twenty digits overflows
        return None
    return max((at if at.tzinfo else at.replace(tzinfo=UTC)) - now, timedelta())
