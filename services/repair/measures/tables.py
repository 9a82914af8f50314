"""To whom a record was told, and which joint sanctions stand on it; rows end, and whoever knew is told of the end."""

from sqlalchemy import Column, Date, Index, String, Table, Text

from services.repair.tables import metadata
from shared.database.types import Instant

measure = Table(
    "measure",
    metadata,
    Column("measure_id", String(32), primary_key=True),
    Column("record_id", String(32), nullable=False),
    Column("kind", String(20), nullable=False),  # `note.MeasureKind`
    Column("party", String(200), nullable=False),  # the body that was told, or that sanctions
    Column("what", Text, nullable=False),
    Column("authority_code", String(18), nullable=False),
    Column("began_on", Date, nullable=False),
    Column("noted_by", String(120), nullable=False),
    Column("noted_at", Instant, nullable=False),
    Column("ended_at", Instant, nullable=True),
    Column("ended_because", String(20), nullable=True),
    Column("ended_by", String(32), nullable=True),  # the application or objection, or the record itself
    Column("lifted_by", String(120), nullable=True),  # the person who ended it by hand, and why
    Column("lifted_reason", Text, nullable=True),
    Column("told_by", String(120), nullable=True),
    Column("told_at", Instant, nullable=True),
    Column("told_how", Text, nullable=True),
    Index(None, "record_id"),
    Index(None, "ended_at", "told_at"),
)
