"""The table of what disclosure told of the serious list."""

from sqlalchemy import Boolean, Column, Date, Integer, String, Table, Text

from services.repair.tables import metadata

listed_entry = Table(
    "listed_entry",
    metadata,
    # The columns after the generation in the order of `domain.verdict.ListEntry`.
    Column("entry_id", String(32), primary_key=True),
    Column("generation", Integer, nullable=False),
    Column("subject_key", String(80), nullable=False),
    Column("authority_code", String(18), nullable=False),
    Column("in_force", Boolean, nullable=False),
    Column("removal_under_way", Boolean, nullable=False),
    Column("closes_on", Date, nullable=True),
    Column("early_removal_from_on", Date, nullable=True),
    Column("article", Text, nullable=True),
)
