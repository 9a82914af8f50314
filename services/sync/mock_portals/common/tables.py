"""The tables of one stand-in: what it holds, what its search and lists show, and the receipts it owes.

`listed` is a copy of its own because search and lists may lag behind the detail pages, and may show a record twice.
"""

from sqlalchemy import Boolean, Column, Index, Integer, MetaData, String, Table, Text

from shared.database.types import Instant

metadata = MetaData()

held = Table(
    "held",
    metadata,
    Column("portal_key", String(64), primary_key=True),
    Column("kind", String(8), nullable=False),
    Column("generation", Integer, nullable=False),
    Column("idempotency_key", String(160), nullable=False),
    Column("visible", Boolean, nullable=False),
    Column("effects", Integer, nullable=False),
    Column("fields", Text, nullable=False),
    Column("list_due_at", Instant, nullable=True),
    Index("ix_held_list_due_at", "list_due_at"),
)

listed = Table(
    "listed",
    metadata,
    Column("portal_key", String(64), primary_key=True),
    Column("copy", Integer, primary_key=True),
    Column("kind", String(8), nullable=False),
    Column("uscc", String(18), nullable=False),
    Column("subject_name", String(200), nullable=False),
    Column("filing_number", String(64), nullable=False),
    Column("decided_on", String(10), nullable=False),
    Column("fields", Text, nullable=False),
    Index("ix_listed_decided_on", "decided_on", "portal_key"),
    Index("ix_listed_uscc", "uscc", "portal_key"),
    Index("ix_listed_filing_number", "filing_number"),
)

receipt = Table(
    "receipt",
    metadata,
    Column("batch", String(40), primary_key=True),
    Column("item", Integer, primary_key=True),
    Column("idempotency_key", String(160), nullable=False),
    Column("taken", Boolean, nullable=False),
    Column("code", String(40), nullable=True),
    Column("message", Text, nullable=True),
    Column("due_at", Instant, nullable=False),
    Index("ix_receipt_due_at", "due_at"),
)
