"""The campaigns, their lists, every act with its approver, and the contact log."""

from sqlalchemy import Column, Date, Index, Integer, String, Table, Text

from services.disclosure.tables import metadata
from shared.database.types import Instant

subject_registry = Table(
    "subject_registry",
    metadata,
    # 登记状态, as ingest told it last.
    Column("subject_key", String(80), primary_key=True),
    Column("generation", Integer, nullable=False),
    Column("status", String(24), nullable=False),
    Column("as_of", Date, nullable=False),
    Column("proof_reference", String(200), nullable=False),
)

campaign = Table(
    "campaign",
    metadata,
    Column("campaign_id", String(32), primary_key=True),
    Column("title", String(200), nullable=False),
    Column("decided_from", Date, nullable=False),
    Column("decided_to", Date, nullable=False),
    Column("reason", String(500), nullable=False),
    Column("formed_on", Date, nullable=False),
    Column("formed_by", String(120), nullable=False),
    Column("formed_at", Instant, nullable=False),
)

campaign_record = Table(
    "campaign_record",
    metadata,
    # 失信主体名单, as it was on the day it was formed; what became of a record since is read from its publication.
    Column("campaign_id", String(32), primary_key=True),
    Column("record_id", String(32), primary_key=True),
    Column("subject_key", String(80), nullable=False),
    Column("region", String(12), nullable=False),
    Column("cleanup_group", String(12), nullable=False),
    Index(None, "campaign_id", "subject_key"),
    Index(None, "campaign_id", "cleanup_group"),
)

campaign_act = Table(
    "campaign_act",
    metadata,
    Column("act_id", String(32), primary_key=True),
    Column("campaign_id", String(32), nullable=False),
    Column("what", String(12), nullable=False),
    Column("explanation", Text, nullable=False),
    Column("approved_by", String(120), nullable=False),
    Column("approved_at", Instant, nullable=False),
    Column("records", Integer, nullable=False),
    Column("digest", String(32), nullable=False),
    Index(None, "campaign_id"),
)

campaign_take_down = Table(
    "campaign_take_down",
    metadata,
    Column("act_id", String(32), primary_key=True),
    Column("record_id", String(32), primary_key=True),
    Column("audience", String(20), primary_key=True),
    Column("reason", String(40), nullable=False),
    Column("approved_by", String(120), nullable=False),
    Index(None, "record_id"),
)

campaign_contact = Table(
    "campaign_contact",
    metadata,
    Column("contact_id", String(32), primary_key=True),
    Column("campaign_id", String(32), nullable=False),
    Column("subject_key", String(80), nullable=False),
    Column("contacted_on", Date, nullable=False),
    Column("channel", String(12), nullable=False),
    Column("outcome", String(12), nullable=False),
    Column("note", String(500), nullable=False),
    Column("logged_by", String(120), nullable=False),
    Column("logged_at", Instant, nullable=False),
    Index(None, "campaign_id", "subject_key", "contact_id"),
)
