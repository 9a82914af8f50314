"""The public statements of reasons (公开说明理由): one row a withdrawn decision, with nothing of its content."""

from sqlalchemy import Column, Date, Index, String, Table, Text

from services.disclosure.tables import metadata, searched
from shared.database.types import Instant

public_statement = Table(
    "public_statement",
    metadata,
    Column("record_id", String(32), primary_key=True),
    Column("record_kind", String(12), nullable=False),
    Column("withdrawal_kind", String(12), nullable=False),
    Column("subject_name", String(200), nullable=False),
    Column("uscc", String(18), nullable=False),
    Column("document_number", String(64), nullable=False),
    Column("authority", String(200), nullable=False),
    Column("decided_on", Date, nullable=False),
    Column("withdrawn_on", Date, nullable=False),
    Column("reasons", Text, nullable=False),
    Column("article", String(200), nullable=False),
    # Shown from the first to the end of the second day; the rule of that moment set both.
    Column("published_on", Date, nullable=False),
    Column("closes_on", Date, nullable=False),
    Column("name_key", searched(200), nullable=False),
    Column("subject_key", String(80), nullable=False),
    Column("document_key", searched(64), nullable=False),
    Column("stored_at", Instant, nullable=False),
    Index(None, "published_on", "record_id"),
    Index(None, "name_key"),
    Index(None, "subject_key"),
    Index(None, "document_key"),
)
