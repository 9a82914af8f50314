"""The tables that ingest owns."""

from sqlalchemy import Column, Date, Index, Integer, LargeBinary, String, Table, Text

from shared.database.mechanics import new_metadata
from shared.database.types import Instant

metadata = new_metadata()

record = Table(
    "record",
    metadata,
    Column("record_id", String(32), primary_key=True),
    Column("record_key", String(32), nullable=False),
    Column("kind", String(12), nullable=False),
    Column("authority_code", String(18), nullable=False),
    Column("source_code", String(18), nullable=False),
    Column("subject_key", String(80), nullable=False),
    Column("document_key", String(64), nullable=False),
    Column("decided_on", Date, nullable=False),
    Column("state", String(8), nullable=False),  # valid | voided
    Column("generation", Integer, nullable=False),
    Column("content_digest", String(32), nullable=False),
    # Fingerprint of the row that the content was last made of: the same row again need not be judged.
    Column("sent_digest", String(32), nullable=False),
    Column("first_submitted_on", Date, nullable=False),
    Column("changed_at", Instant, nullable=False),
    # Text, not jsonb, and not beside all its columns again: at COPY speed that is 2.6 times faster on PostgreSQL.
    Column("content", Text, nullable=False),
    Column("private", LargeBinary, nullable=True),  # sealed; natural persons only
    Index(None, "record_key", unique=True),
    Index(None, "subject_key"),
    Index(None, "sent_digest"),
)

batch = Table(
    "batch",
    metadata,
    Column("batch_id", String(32), primary_key=True),
    Column("client", String(120), nullable=False),
    Column("kind", String(12), nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("counts", Text, nullable=False),
    # One document for all rows: a verdict row each would double the writes and is only ever read whole.
    Column("verdicts", Text, nullable=False),
    Index(None, "client", "received_at"),
)

quarantined_row = Table(
    "quarantined_row",
    metadata,
    Column("batch_id", String(32), primary_key=True),
    Column("row", Integer, primary_key=True),
    Column("kind", String(12), nullable=False),
    Column("client", String(120), nullable=False),
    Column("cells", LargeBinary, nullable=False),  # sealed: an unread row may hold anything
    Column("findings", Text, nullable=False),
    Column("quarantined_at", Instant, nullable=False),
    Index(None, "client", "quarantined_at"),
)

subject_status = Table(
    "subject_status",
    metadata,
    # 登记状态: what the business register said last of a subject, with the proof.
    Column("uscc", String(18), primary_key=True),
    Column("generation", Integer, nullable=False),
    Column("status", String(24), nullable=False),
    Column("as_of", Date, nullable=False),
    Column("proof_reference", String(200), nullable=False),
    Column("client", String(120), nullable=False),
    Column("changed_at", Instant, nullable=False),
)
