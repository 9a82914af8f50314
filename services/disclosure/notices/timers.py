"""The level-driven jobs of notices: whom to remind, and what waits to be told."""

from services.disclosure.notices.remind import Mailroom, find_due, tell_waiting
from shared.messaging.unit_of_work import unit_of_work
from shared.timers import Timer

TELL_SECONDS = 5.0


def timers(mailroom: Mailroom, find_seconds: float) -> list[Timer]:
    async def find() -> int:
        async with unit_of_work(mailroom.database, mailroom.clock) as work:
            return await find_due(work, mailroom.text)

    return [
        Timer("disclosure.reminders_find", find_seconds, find),
        Timer("disclosure.reminders_send", TELL_SECONDS, lambda: tell_waiting(mailroom)),
    ]
