"""The tables of notices: talks, deliveries and reminders. Names of private persons are sealed, their masks in clear."""

from sqlalchemy import Column, Date, Index, LargeBinary, String, Table, Text

from services.disclosure.tables import metadata
from shared.database.types import Instant

talk = Table(
    "talk",
    metadata,
    # 诚信教育 / 警示约谈.
    Column("talk_id", String(32), primary_key=True),
    Column("record_id", String(32), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("held_on", Date, nullable=False),
    Column("held_by", String(200), nullable=False),
    Column("attendee", String(50), nullable=False),
    Column("sealed_attendee", LargeBinary, nullable=False),
    Column("content", Text, nullable=False),
    Column("actor", String(120), nullable=False),
    Column("noted_at", Instant, nullable=False),
    Index(None, "record_id"),
)

delivery = Table(
    "notice_delivery",
    metadata,
    # 送达: which text was delivered, to whom, when, how, by which receipt.
    Column("delivery_id", String(32), primary_key=True),
    Column("record_id", String(32), nullable=False),
    Column("letter_id", String(40), nullable=False),
    Column("text_sha256", String(64), nullable=False),
    Column("method", String(20), nullable=False),
    Column("delivered_on", Date, nullable=False),
    Column("recipient", String(50), nullable=False),
    Column("sealed_recipient", LargeBinary, nullable=False),
    Column("receipt", String(200), nullable=False),
    Column("actor", String(120), nullable=False),
    Column("noted_at", Instant, nullable=False),
    Index(None, "record_id"),
)

reminder = Table(
    "reminder",
    metadata,
    # 修复提醒, once for each record. It waits until `settled_at`; the text is made from the record when it is sent.
    Column("record_id", String(32), primary_key=True),
    Column("repair_from_on", Date, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("channel", String(20), nullable=True),
    Column("outcome", String(12), nullable=True),  # sent | not_needed
    Column("settled_at", Instant, nullable=True),
    Index(None, "settled_at", "created_at"),
)
