"""The table of written commitments that stand for missing papers (容缺受理)."""

from sqlalchemy import Column, Date, Index, LargeBinary, String, Table

from services.repair.tables import metadata
from shared.calendars.tables import term_columns, term_index
from shared.database.types import Instant

commitment = Table(
    "commitment",
    metadata,
    # One kind of paper that is promised for one application.
    Column("application_id", String(32), primary_key=True),
    Column("kind", String(24), primary_key=True),
    Column("generation", String(40), nullable=False),  # whose rule about commitments it follows
    Column("sealed", LargeBinary, nullable=False),  # what was promised in which words, and who signed
    Column("signed_on", Date, nullable=False),
    Column("taken_by", String(120), nullable=False),
    Column("taken_at", Instant, nullable=False),
    Column("state", String(12), nullable=False),  # `domain.standing.CommitmentState`
    Column("ended_at", Instant, nullable=True),
    Column("due_at", Instant, nullable=False),
    *term_columns(),
    Index(None, "state", "due_at"),
    term_index(),
)
