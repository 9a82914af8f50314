"""What a fault run must leave behind: every order obeyed, on our side and on the portals', and nothing left over."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from services.sync.app import NAME
from services.sync.tables import placement
from shared.database.engine import Database
from shared.database.mechanics import outbox, parked_event
from shared.messaging.connect import open_bus
from shared.messaging.topology import dead_queue
from shared.vocabulary import Portal
from tests.faults.orders import PORTALS, is_taken_down
from tests.support.sync_house import record_id

Entry = tuple[bool, int]
"""Whether a portal shows it, and how many times its list does."""

_NOTHING: Entry = (False, 0)


@dataclass(frozen=True)
class Verdict:
    """Records that lack a placement or an entry, placements and entries in a wrong final state, and what was left.

    A portal that was away while a record was to be shown and to disappear again has no entry: that is as ordered.
    """

    lost: int
    wrong: int
    waiting_events: int
    parked_events: int
    dead_letters: int

    @property
    def clean(self) -> bool:
        return not any((self.lost, self.wrong, self.waiting_events, self.parked_events, self.dead_letters))


async def judge(database: Database, bus_url: str, portals_dir: Path, records: int) -> Verdict:
    async with database.reading() as connection:
        rows = (await connection.execute(select(placement))).all()
        waiting = await connection.scalar(select(func.count()).select_from(outbox))
        parked = await connection.scalar(select(func.count()).select_from(parked_event))
    by_place = {(row.record_id, row.portal): row for row in rows}
    lost, wrong = lost_and_wrong(by_place, {portal: _held(portals_dir, portal) for portal in PORTALS}, records)
    return Verdict(lost, wrong, int(waiting or 0), int(parked or 0), await _dead_letters(bus_url))


def lost_and_wrong(
    placements: Mapping[tuple[str, str], Any], held: Mapping[Portal, Mapping[str, Entry]], records: int
) -> tuple[int, int]:
    """Placements by record and portal, what each portal holds by its key."""
    lost = wrong = 0
    for number in range(1, records + 1):
        down = is_taken_down(number)
        for portal in PORTALS:
            row = placements.get((record_id(number), portal))
            entry = held[portal].get(row.portal_key) if row is not None else None
            if row is None or (entry is None and not down):
                lost += 1
                continue
            as_ordered = (row.take_down, row.source_generation) == (down, 2 if down else 1)
            seen = row.observed_generation == row.generation
            wrong += not (as_ordered and seen and (entry or _NOTHING) == (not down, 0 if down else 1))
    return lost, wrong


def _held(portals_dir: Path, portal: Portal) -> dict[str, Entry]:
    """Of each entry whether it is visible, and how many times its list shows it, as the portal's own file says."""
    statement = (
        "SELECT h.portal_key, h.visible, (SELECT count(*) FROM listed l WHERE l.portal_key = h.portal_key) FROM held h"
    )
    with closing(sqlite3.connect(portals_dir / f"{portal}.db")) as file:
        return {key: (bool(visible), listed) for key, visible, listed in file.execute(statement)}


async def _dead_letters(bus_url: str) -> int:
    bus = open_bus(bus_url, NAME)
    await bus.open()
    try:
        depths = await bus.depths()
    finally:
        await bus.close()
    ending = dead_queue("")
    return sum(depth for queue, depth in depths.items() if queue.endswith(ending))
