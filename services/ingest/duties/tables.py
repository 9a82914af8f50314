"""What the bureau set about its departments; the packaged table counts where nothing is set."""

from sqlalchemy import Column, String, Table, Text

from services.ingest.tables import metadata
from shared.database.types import Instant

department_duty = Table(
    "department_duty",
    metadata,
    Column("department", String(60), primary_key=True),
    Column("duties", Text, nullable=False),  # JSON list; empty: the department has none any more
    Column("reason", Text, nullable=False),
    Column("set_by", String(120), nullable=False),
    Column("set_at", Instant, nullable=False),
)
