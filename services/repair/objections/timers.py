"""The level-driven job of objections: how many are open, overdue or nearly so."""

from datetime import timedelta

from services.repair.metrics import OBJECTIONS_NEAR, OBJECTIONS_OPEN, OBJECTIONS_OVERDUE
from services.repair.objections import store
from services.repair.objections.domain.machine import OPEN_STATES
from services.repair.objections.domain.rules import objection_rules
from shared.calendars.book import CalendarBook
from shared.clock import Clock, legal_date, start_of_legal_day
from shared.database.engine import Database
from shared.timers import Timer

EVERY_SECONDS = 60.0


def timers(database: Database, clock: Clock, book: CalendarBook) -> list[Timer]:
    async def watch() -> int:
        now = clock.now()
        async with database.reading() as connection:
            calendar = await book.current(connection)
            last = calendar.add_working_days(legal_date(now), objection_rules().near_working_days).day
            states = await store.count_open(connection)
            overdue = await store.count_due(connection, None, now)
            near = await store.count_due(connection, now, start_of_legal_day(last + timedelta(days=1)))
        for state in OPEN_STATES:
            OBJECTIONS_OPEN.labels(state).set(states.get(state, 0))
        OBJECTIONS_OVERDUE.set(overdue)
        OBJECTIONS_NEAR.set(near)
        return 0

    return [Timer("repair.objections", EVERY_SECONDS, watch)]
