"""The tables of reminders: the contacts, the reminders that disclosure told of, and each delivery of one."""

from sqlalchemy import Column, Date, Index, Integer, LargeBinary, String, Table, Text, text

from services.repair.tables import metadata
from shared.database.types import Instant

contact = Table(
    "contact",
    metadata,
    # 联系人名册: how a company or an authority wants to be told. Addresses are sealed and shown masked.
    Column("contact_id", String(32), primary_key=True),
    Column("party", String(8), nullable=False),  # `domain.notice.Party`
    Column("party_key", String(18), nullable=False),  # USCC of the company, code of the authority
    Column("authority_code", String(18), nullable=True),  # who entered it for a company; nobody when it did itself
    Column("channel", String(8), nullable=False),
    Column("sealed_address", LargeBinary, nullable=False),
    Column("shown_address", String(200), nullable=False),
    # The same address twice would be told twice.
    Column("address_digest", String(64), nullable=False),
    Column("entered_by", String(120), nullable=False),
    Column("entered_at", Instant, nullable=False),
    Column("removed_by", String(120), nullable=True),
    Column("removed_at", Instant, nullable=True),
    Column("removal_reason", Text, nullable=True),
    Index(None, "party", "party_key"),
    Index(
        "uq_contact_address",
        "party",
        "party_key",
        "address_digest",
        unique=True,
        postgresql_where=text("removed_at IS NULL"),
        sqlite_where=text("removed_at IS NULL"),
    ),
)

reminder = Table(
    "reminder",
    metadata,
    Column("record_id", String(32), primary_key=True),
    Column("authority_code", String(18), nullable=False),
    Column("uscc", String(18), nullable=True),
    Column("subject", String(200), nullable=False),
    Column("document_number", String(64), nullable=False),
    Column("repair_from_on", Date, nullable=False),
    Column("title", String(200), nullable=False),
    Column("paragraphs", Text, nullable=False),
    Column("told_at", Instant, nullable=False),
)

reminder_delivery = Table(
    "reminder_delivery",
    metadata,
    # One reminder to one contact, or to the file outbox (`contact_id` = "file").
    Column("record_id", String(32), primary_key=True),
    Column("contact_id", String(32), primary_key=True),
    Column("channel", String(8), nullable=False),
    Column("state", String(12), nullable=False),  # `domain.notice.DeliveryState`
    Column("attempts", Integer, nullable=False),
    Column("next_at", Instant, nullable=False),  # also the end of the lease of whoever is sending it
    Column("settled_at", Instant, nullable=True),
    Column("failure", String(200), nullable=True),
    Index(None, "state", "next_at"),
)
