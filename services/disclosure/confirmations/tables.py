"""What people decided about records. Nothing is overwritten: the newest decision counts, the older ones stay."""

from sqlalchemy import Boolean, Column, Index, String, Table, Text

from services.disclosure.tables import metadata
from shared.database.types import Instant

confirmation = Table(
    "confirmation",
    metadata,
    Column("confirmation_id", String(32), primary_key=True),
    Column("record_id", String(32), nullable=False),
    Column("facts", Text, nullable=False),  # what this decision says, by the name of the fact
    Column("decided_by", String(120), nullable=False),
    Column("reason", Text, nullable=False),
    Column("decided_at", Instant, nullable=False),
    Index(None, "record_id"),
)

approval = Table(
    "approval",
    metadata,
    Column("approval_id", String(32), primary_key=True),
    Column("record_id", String(32), nullable=False),
    Column("approved", Boolean, nullable=False),
    Column("decided_by", String(120), nullable=False),
    Column("reason", Text, nullable=False),
    Column("decided_at", Instant, nullable=False),
    Index(None, "record_id"),
)
