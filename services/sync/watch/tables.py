"""The tables of what operators watch: names to search by, and a sample of each portal every five minutes."""

from sqlalchemy import Column, Float, Index, Integer, String, Table

from services.sync.tables import metadata
from shared.database.types import Instant

register_entry = Table(
    "register_entry",
    metadata,
    # 检索信息: what a record is called, as the public may see it. Written with its content.
    Column("record_id", String(32), primary_key=True),
    Column("document_number", String(64), nullable=False),
    Column("subject_name", String(200), nullable=False),
    Column("subject_key", String(80), nullable=False),
    Column("region", String(12), nullable=False),
    Column("kind", String(12), nullable=False),
    Index("ix_register_entry_subject", "subject_key"),
    Index("ix_register_entry_document", "document_number"),
)

portal_sample = Table(
    "portal_sample",
    metadata,
    # 走势: one line a portal and step of five minutes, kept for 31 days.
    Column("portal", String(20), primary_key=True),
    Column("sampled_at", Instant, primary_key=True),
    Column("waiting", Integer, nullable=False),
    Column("not_as_wanted", Integer, nullable=False),
    Column("for_people", Integer, nullable=False),
    Column("drifts", Integer, nullable=False),
    Column("oldest_seconds", Float, nullable=False),
)
