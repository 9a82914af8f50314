"""Years that were announced after the program was made. The newest notice of a year counts; the older ones stay."""

from sqlalchemy import Column, Integer, String, Table, Text

from services.disclosure.tables import metadata
from shared.database.types import Instant

calendar_year = Table(
    "calendar_year",
    metadata,
    Column("notice", Integer, primary_key=True, autoincrement=False),
    Column("year", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("loaded_by", String(120), nullable=False),
    Column("reason", Text, nullable=False),
    Column("loaded_at", Instant, nullable=False),
)
