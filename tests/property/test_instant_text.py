"""An instant goes to SQLite as the text that the driver's own type would write."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import DateTime
from sqlalchemy.dialects import sqlite

from shared.database.types import Instant

_SQLITE = sqlite.dialect()
_AS_TEXT = Instant().bind_processor(_SQLITE)
_OF_DRIVER = DateTime().dialect_impl(_SQLITE).bind_processor(_SQLITE)
# Any zone may lie a day off the ends of the calendar.
_FIRST, _LAST = datetime(2, 1, 1), datetime(9998, 12, 31)  # noqa: DTZ001


@given(st.datetimes(_FIRST, _LAST, timezones=st.timezones()))
def test_every_instant_has_the_driver_s_text(at: datetime) -> None:
    assert _AS_TEXT is not None
    assert _OF_DRIVER is not None
    assert _AS_TEXT(at) == _OF_DRIVER(at.astimezone(UTC).replace(tzinfo=None))
    assert _AS_TEXT(None) is None


def test_an_instant_without_a_zone_is_refused() -> None:
    assert _AS_TEXT is not None
    with pytest.raises(ValueError, match="no time zone"):
        _AS_TEXT(datetime(2026, 4, 1))  # noqa: DTZ001 - what is refused
