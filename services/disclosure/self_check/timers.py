"""The level-driven job of the self-check: it runs when nobody has checked today."""

from services.disclosure.self_check.check import check_once_a_night
from shared.clock import Clock
from shared.database.engine import Database
from shared.timers import Timer

EVERY_SECONDS = 300.0


def timers(database: Database, clock: Clock) -> list[Timer]:
    return [Timer("disclosure.self_check", EVERY_SECONDS, lambda: check_once_a_night(database, clock))]
