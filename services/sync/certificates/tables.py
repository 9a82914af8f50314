"""The table of take-down certificates. What was issued is never changed."""

from sqlalchemy import Column, Index, String, Table, Text

from services.sync.tables import metadata
from shared.database.types import Instant

certificate = Table(
    "certificate",
    metadata,
    Column("certificate_id", String(32), primary_key=True),
    Column("record_id", String(32), nullable=False),
    Column("issued_at", Instant, nullable=False),
    Column("issued_by", String(120), nullable=False),
    Column("key_id", String(64), nullable=False),
    Column("document", Text, nullable=False),
    Index(None, "record_id"),
)
