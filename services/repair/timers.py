"""The level-driven jobs of repair."""

from sqlalchemy import Table

from services.repair.applications.keeper import ClockKeeper
from services.repair.applications.tables import application_clock
from services.repair.commitments.tables import commitment
from services.repair.objections.tables import objection
from services.repair.tables import calendar_year
from shared.calendars.book import CalendarBook
from shared.calendars.keep import EVERY_SECONDS
from shared.runtime import Ground
from shared.timers import Timer

LIMITS_EVERY_SECONDS = 30.0

DEADLINES: tuple[Table, ...] = (application_clock, objection, commitment)
"""The tables with deadlines that are counted again when a year is announced."""


def timers(ground: Ground) -> list[Timer]:
    """All timers of repair."""
    keeper = ClockKeeper(ground, CalendarBook(calendar_year), DEADLINES)
    return [
        Timer("repair.calendar", EVERY_SECONDS, keeper.keep),
        Timer("repair.limits", LIMITS_EVERY_SECONDS, keeper.watch),
    ]
