"""The level-driven job of reminders: whatever is due is delivered."""

from services.repair.reminders.deliver import Postman, deliver_waiting
from shared.timers import Timer

EVERY_SECONDS = 5.0


def timers(postman: Postman) -> list[Timer]:
    return [Timer("repair.reminders", EVERY_SECONDS, lambda: deliver_waiting(postman))]
