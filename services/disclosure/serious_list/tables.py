"""The tables of the serious list: entries as they stand, every step that led there, and the persons of an entry."""

from sqlalchemy import Boolean, Column, Date, Index, Integer, LargeBinary, String, Table, Text

from services.disclosure.tables import metadata
from shared.database.types import Instant

serious_entry = Table(
    "serious_entry",
    metadata,
    Column("entry_id", String(32), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("state", String(20), nullable=False),
    Column("state_since_on", Date, nullable=False),
    # As the public may see it: the name of a natural person is masked, the key is a keyed digest.
    Column("subject_kind", String(16), nullable=False),
    Column("subject_key", String(80), nullable=False),
    Column("subject_name", String(200), nullable=False),
    Column("uscc", String(18), nullable=True),
    Column("address", String(300), nullable=True),
    Column("region", String(12), nullable=False),
    Column("authority_code", String(18), nullable=False),
    Column("authority_name", String(200), nullable=False),
    Column("situation", String(20), nullable=False),
    Column("record_id", String(32), nullable=True),  # the penalty behind it, if it came through ingest
    Column("document_number", String(64), nullable=True),
    Column("notice_items", String(80), nullable=False),
    Column("ban_until", Date, nullable=True),
    Column("starts_on", Date, nullable=True),
    Column("closes_on", Date, nullable=True),
    Column("offline_on", Date, nullable=True),
    Column("early_removal_from_on", Date, nullable=True),
    # Only what legal review has confirmed, or never needed it, may be public.
    Column("reviewed", Boolean, nullable=False),
    Column("window", Text, nullable=True),  # the window with its provenance, from which it can be recomputed (G03)
    Column("changed_at", Instant, nullable=False),
    Index(None, "state", "offline_on"),
    Index(None, "subject_key"),
)

serious_step = Table(
    "serious_step",
    metadata,
    Column("entry_id", String(32), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("action", String(20), nullable=False),
    Column("from_state", String(20), nullable=True),
    Column("to_state", String(20), nullable=False),
    Column("actor", String(120), nullable=False),
    Column("reason", Text, nullable=False),
    Column("taken_on", Date, nullable=False),
    Column("taken_at", Instant, nullable=False),
    Column("detail", Text, nullable=False),
)

serious_person = Table(
    "serious_person",
    metadata,
    # 有关人员. Name and number are sealed; what stands in clear is what the public sees.
    Column("person_id", String(32), primary_key=True),
    Column("entry_id", String(32), nullable=False),
    Column("role", String(20), nullable=False),
    Column("public_name", String(50), nullable=False),
    Column("public_number", String(64), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Index(None, "entry_id"),
)
