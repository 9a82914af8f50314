"""What people decide about differences that a run left to them (审批)."""

from sqlalchemy import Column, Index, Integer, String, Table, Text, text

from services.sync.tables import metadata
from shared.database.types import Instant

_OPEN = text("state IN ('proposed', 'approved')")

mending_approval = Table(
    "mending_approval",
    metadata,
    Column("approval_id", String(32), primary_key=True),
    Column("run_id", String(32), nullable=False),
    Column("portal", String(20), nullable=False),
    Column("state", String(12), nullable=False),  # proposed | approved | rejected | expired | done
    Column("drifts", Integer, nullable=False),
    Column("proposed_by", String(120), nullable=False),
    Column("proposed_at", Instant, nullable=False),
    Column("reason", Text, nullable=False),
    Column("decided_by", String(120), nullable=True),
    Column("decided_at", Instant, nullable=True),
    Column("decision_reason", Text, nullable=True),
    Column("expires_at", Instant, nullable=False),
    # How far the mending is: the last difference looked at, and what became of those so far.
    Column("position", String(32), nullable=False, server_default=""),
    Column("lease_until", Instant, nullable=True),  # a worker's, or put off until its portal may be read
    Column("ordered", Integer, nullable=False, server_default="0"),
    Column("vanished", Integer, nullable=False, server_default="0"),
    Column("unknown", Integer, nullable=False, server_default="0"),
    Column("finished_at", Instant, nullable=True),
    Index(None, "run_id"),
    # One at a time for each run, however many ask at once.
    Index("uq_mending_approval_open", "run_id", unique=True, postgresql_where=_OPEN, sqlite_where=_OPEN),
    Index("ix_mending_approval_state", "state"),
)
