"""Acts by which persons showed records again, and the publications that each of them concerned. Rows are only added."""

from sqlalchemy import Column, Date, Index, Integer, String, Table, Text

from services.disclosure.tables import metadata
from shared.database.types import Instant

restoration = Table(
    "restoration",
    metadata,
    Column("restoration_id", String(32), primary_key=True),
    Column("revision", Integer, nullable=False),  # the adoption whose packs proved wrong
    Column("reason", Text, nullable=False),
    Column("restored_by", String(120), nullable=False),
    Column("restored_at", Instant, nullable=False),
    Column("records", Integer, nullable=False),
)

restored_publication = Table(
    "restored_publication",
    metadata,
    Column("record_id", String(32), primary_key=True),
    Column("audience", String(20), primary_key=True),
    Column("generation", Integer, primary_key=True),  # of the publication from then on
    Column("restoration_id", String(32), nullable=False),
    Column("was_state", String(24), nullable=False),
    Column("was_reason", String(40), nullable=True),
    Column("closes_on", Date, nullable=False),
    Index(None, "restoration_id"),
)
