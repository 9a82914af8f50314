"""What all parts of repair stand on: the announced years, what disclosure shows, what sync saw on each portal.

The tables of a part stand in its own `tables.py`, on the same metadata.
"""

from sqlalchemy import Boolean, Column, Date, Integer, String, Table

from shared.calendars.tables import calendar_years
from shared.database.mechanics import new_metadata
from shared.database.types import Instant

metadata = new_metadata()

calendar_year = calendar_years(metadata)

shown_record = Table(
    "shown_record",
    metadata,
    # What disclosure told last of each audience: enough to say whether and from when repair is possible. What stands
    # below `online` was told with the last display and outlives it.
    Column("record_id", String(32), primary_key=True),
    Column("audience", String(20), primary_key=True),
    Column("generation", Integer, nullable=False),
    Column("online", Boolean, nullable=False),
    Column("repair_from_on", Date, nullable=True),
    Column("authority_code", String(18), nullable=True),
    Column("region", String(12), nullable=True),
    Column("uscc", String(18), nullable=True),
    Column("subject_key", String(80), nullable=True),
    Column("decided_on", Date, nullable=True),
    Column("closes_on", Date, nullable=True),
    Column("severity", String(12), nullable=True),
    Column("rule_id", String(120), nullable=True),
    Column("article", String(500), nullable=True),
    Column("repair_rule_id", String(120), nullable=True),
    Column("repair_article", String(500), nullable=True),
    # By what people know it, for notices. Names of natural persons come masked.
    Column("document_number", String(64), nullable=True),
    Column("subject_name", String(200), nullable=True),
    Column("authority_name", String(200), nullable=True),
    # Shown by a milder class until a person decides (R07), and the first day of repair by the graver one.
    Column("needs_confirmation", Boolean, nullable=True),
    Column("confirmed_repair_from_on", Date, nullable=True),
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

presence = Table(
    "presence",
    metadata,
    # The last look at which a portal still showed a record that it was told to take down, and who was asked.
    Column("record_id", String(32), primary_key=True),
    Column("portal", String(20), primary_key=True),
    Column("generation", Integer, nullable=False),
    Column("since", Instant, nullable=False),
    Column("observed_at", Instant, nullable=False),
    Column("asked", String(20), nullable=False),
)
