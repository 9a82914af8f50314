"""The tables that disclosure owns."""

from sqlalchemy import Boolean, Column, Date, Index, Integer, String, Table, Text

from shared.database.mechanics import new_metadata
from shared.database.types import Instant

metadata = new_metadata()

disclosed_record = Table(
    "disclosed_record",
    metadata,
    # What ingest told last, and the two things that end display for good. A withdrawal that arrives before its record
    # leaves a row without content: the fence that the late record meets.
    Column("record_id", String(32), primary_key=True),
    Column("source_generation", Integer, nullable=False),
    Column("kind", String(12), nullable=True),
    Column("region", String(12), nullable=True),
    Column("decided_on", Date, nullable=True),
    Column("first_submitted_on", Date, nullable=True),
    Column("withdrawn", Boolean, nullable=False),
    Column("repaired", Boolean, nullable=False),
    Column("body", Text, nullable=True),
)

publication = Table(
    "publication",
    metadata,
    Column("record_id", String(32), primary_key=True),
    Column("audience", String(20), primary_key=True),
    Column("generation", Integer, nullable=False),
    Column("state", String(24), nullable=False),  # online | offline | exempt | awaiting_confirmation
    Column("severity", String(12), nullable=True),
    Column("needs_confirmation", Boolean, nullable=False),
    Column("opens_on", Date, nullable=True),
    Column("closes_on", Date, nullable=True),
    Column("offline_on", Date, nullable=True),
    Column("repair_from_on", Date, nullable=True),
    Column("rule_id", String(80), nullable=False),
    Column("provenance", Text, nullable=False),  # the window with its provenance, from which it can be recomputed (G03)
    Column("reason", String(40), nullable=True),
    Column("changed_at", Instant, nullable=False),
    Index(None, "state", "offline_on"),
)
