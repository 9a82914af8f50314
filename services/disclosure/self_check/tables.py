"""What each night's self-check found. Rows are only added."""

from sqlalchemy import Column, Date, Integer, String, Table

from services.disclosure.tables import metadata
from shared.database.types import Instant

self_check = Table(
    "self_check",
    metadata,
    Column("checked_on", Date, primary_key=True),
    Column("windows", Integer, nullable=False),  # computed again
    Column("windows_different", Integer, nullable=False),
    Column("windows_unknown", Integer, nullable=False),  # judged by packs that are kept nowhere
    Column("ledger_differences", Integer, nullable=False),
    Column("last_record_id", String(32), nullable=False),  # the next night goes on after it; empty: from the beginning
    Column("finished_at", Instant, nullable=False),
)
