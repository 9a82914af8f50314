"""Texts as they were sent, of rows of which something was corrected by itself (原文)."""

from sqlalchemy import Column, Integer, LargeBinary, String, Table

from services.ingest.tables import metadata
from shared.database.types import Instant

original_row = Table(
    "original_row",
    metadata,
    # One row a record and writing: the same row sent every day is kept once, with the batch that brought it first.
    Column("record_id", String(32), primary_key=True),
    Column("sent_digest", String(32), primary_key=True),  # fingerprint of the row as it was sent
    Column("batch_id", String(32), nullable=False),
    Column("row", Integer, nullable=False),
    Column("client", String(120), nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("cells", LargeBinary, nullable=False),  # sealed: the corrected columns with their texts, which may be names
)
