"""The level-driven job of the serious list: whatever is over by now ends."""

from services.disclosure.rules import LawInForce
from services.disclosure.serious_list.expire import expire
from shared.clock import Clock
from shared.database.engine import Database
from shared.messaging.unit_of_work import unit_of_work
from shared.timers import Timer


def timers(database: Database, clock: Clock, law: LawInForce, every_seconds: float) -> list[Timer]:
    async def expire_due() -> int:
        async with unit_of_work(database, clock) as work:
            return await expire(work, await law.current(work.connection))

    return [Timer("disclosure.serious_list_expire", every_seconds, expire_due)]
