"""Versions of the catalogue with their items."""

from sqlalchemy import Column, Date, Integer, String, Table, Text, UniqueConstraint

from services.ingest.tables import metadata
from shared.database.types import Instant

permission_catalogue = Table(
    "permission_catalogue",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("source", String(120), nullable=False),
    Column("as_of", Date, nullable=False),
    Column("file_name", String(200), nullable=False),
    Column("file_digest", String(32), nullable=False),
    Column("items", Integer, nullable=False),
    Column("taken_by", String(120), nullable=False),
    Column("taken_at", Instant, nullable=False),
    UniqueConstraint("source", "as_of", "file_digest"),
)

permission_item = Table(
    "permission_item",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("power_code", String(64), nullable=False),
    Column("name", String(500), nullable=False),
    Column("power_type", String(40), nullable=False),
    Column("legal_basis", Text, nullable=False),
    Column("authority_name", String(200), nullable=False),
    Column("remark", Text, nullable=False),
)
