"""The search index of the public column: one row a record that is online there."""

from sqlalchemy import Column, Date, Index, String, Table

from services.disclosure.tables import metadata, searched

column_entry = Table(
    "column_entry",
    metadata,
    # A table of its own, because most records of a register have left the column: a search that walked over them
    # would need unbounded time for its first hit.
    Column("record_id", String(32), primary_key=True),
    Column("name_key", searched(200), nullable=False),
    Column("subject_key", String(80), nullable=False),
    Column("document_key", searched(64), nullable=False),
    Column("decided_on", Date, nullable=False),
    Index(None, "name_key", "record_id"),
    Index(None, "subject_key", "record_id"),
    Index(None, "document_key", "record_id"),
    Index(None, "decided_on", "record_id"),
)
