"""The tables that repair owns."""

from sqlalchemy import Boolean, Column, Date, Index, Integer, String, Table, Text

from shared.database.mechanics import new_metadata
from shared.database.types import Instant

metadata = new_metadata()

shown_record = Table(
    "shown_record",
    metadata,
    # What disclosure told last of each audience: enough to say whether and from when repair is possible.
    Column("record_id", String(32), primary_key=True),
    Column("audience", String(20), primary_key=True),
    Column("generation", Integer, nullable=False),
    Column("online", Boolean, nullable=False),
    Column("repair_from_on", Date, nullable=True),
    Column("authority_code", String(18), nullable=True),  # told only while it is shown
)

absence = Table(
    "absence",
    metadata,
    # The newest generation for which sync saw the record gone from a portal.
    Column("record_id", String(32), primary_key=True),
    Column("portal", String(20), primary_key=True),
    Column("generation", Integer, nullable=False),
    Column("observed_at", Instant, nullable=False),
)

application = Table(
    "application",
    metadata,
    Column("application_id", String(32), primary_key=True),
    Column("record_id", String(32), nullable=False),
    Column("authority_code", String(18), nullable=False),  # 认定单位: nobody else decides
    Column("state", String(12), nullable=False),  # submitted | approved | refused | closed
    Column("filed_by", String(120), nullable=False),
    Column("filed_at", Instant, nullable=False),
    Column("decided_by", String(120), nullable=True),
    Column("decided_at", Instant, nullable=True),
    Column("reason", Text, nullable=True),
    Column("closed_at", Instant, nullable=True),
    Index(None, "record_id"),
)
