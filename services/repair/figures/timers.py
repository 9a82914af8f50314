"""The job of the figures: what an operator watches of the last year, without regions."""

from math import nan

from services.repair.figures.count import asked_for, count_figures
from services.repair.figures.domain.figures import Figures
from services.repair.metrics import FIRST_PASS, LIMITS_COMING, STEP_DAYS, SUBJECTS_WITH_RECORDS
from shared.calendars.book import CalendarBook
from shared.clock import Clock, legal_date
from shared.database.engine import Database
from shared.policy.deadlines import deadlines
from shared.timers import Timer

EVERY_SECONDS = 900.0


def timers(database: Database, clock: Clock, book: CalendarBook) -> list[Timer]:
    async def watch() -> int:
        now = clock.now()
        async with database.reading() as connection:
            calendar = await book.current(connection)
            tell(await count_figures(connection, asked_for(legal_date(now), None, None), now, calendar))
        return 0

    return [Timer("repair.figures", EVERY_SECONDS, watch)]


def tell(figures: Figures) -> None:
    """A rate of nothing is no number."""
    rates = [one.rate for one in figures.first_pass]
    FIRST_PASS.set(nan if not rates or rates[0] is None else rates[0])
    shares = [one.share for one in figures.subjects]
    SUBJECTS_WITH_RECORDS.set(nan if not shares or shares[0] is None else shares[0])
    STEP_DAYS.clear()
    for one in figures.steps:
        STEP_DAYS.labels(one.step, "average").set(one.average_days)
        STEP_DAYS.labels(one.step, "worst").set(one.worst_days)
    for name in (name for name in deadlines() if name.startswith("repair")):
        LIMITS_COMING.labels(name).set(sum(one.due for one in figures.forecast if one.clock == name))
