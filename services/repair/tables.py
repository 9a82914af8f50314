"""The tables that repair owns."""

from sqlalchemy import Boolean, Column, Date, Index, Integer, String, Table, Text

from shared.calendars.tables import calendar_years, term_columns, term_index
from shared.database.mechanics import new_metadata
from shared.database.types import Instant

metadata = new_metadata()

calendar_year = calendar_years(metadata)

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
    # By when the next step of the case must be done: the result of a submitted one, the effect of an approved one.
    Column("due_at", Instant, nullable=True),
    *term_columns(),
    Index(None, "record_id"),
    term_index(),
)
