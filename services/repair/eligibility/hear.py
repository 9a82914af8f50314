"""Keeps the newest word of disclosure about each entry of the serious list."""

from collections.abc import Sequence

from services.repair.eligibility.tables import listed_entry
from shared.contracts.events import ListEntryChanged
from shared.database.upsert import upsert
from shared.messaging.unit_of_work import UnitOfWork


async def hear_entries(work: UnitOfWork, told: Sequence[ListEntryChanged]) -> None:
    """An older word changes nothing."""
    ordered = sorted(told, key=lambda one: (one.entry_id, one.generation))
    statement = upsert(work.dialect, listed_entry, keys=("entry_id",), newer="generation")
    await work.connection.execute(statement, [one.model_dump() for one in ordered])
