"""What was exchanged, who looked at it, what was wrong with it, and how often a source is expected to send."""

from sqlalchemy import Column, Date, Index, Integer, String, Table, Text

from services.ingest.tables import metadata
from shared.database.types import Instant

data_share = Table(
    "data_share",
    metadata,
    # Rows are only ever added, one a batch and authority: a counter a day would be a lock that all batches of a source
    # wait for.
    Column("batch_id", String(32), primary_key=True),
    Column("authority_code", String(18), primary_key=True),  # empty: rows whose authority could not be read
    Column("on_day", Date, nullable=False),
    Column("source", String(120), nullable=False),
    Column("kind", String(12), nullable=False),
    Column("received", Integer, nullable=False),
    Column("admitted", Integer, nullable=False),
    Column("amended", Integer, nullable=False),
    Column("unchanged", Integer, nullable=False),
    Column("quarantined", Integer, nullable=False),
    Column("voided", Integer, nullable=False),
    Column("late", Integer, nullable=False),
    Column("received_at", Instant, nullable=False),
    Index(None, "on_day", "source", "authority_code", "kind"),
)

data_source = Table(
    "data_source",
    metadata,
    # A source becomes known by sending; a person may say how often it is expected to.
    Column("source", String(120), primary_key=True),
    Column("kind", String(12), primary_key=True),
    Column("first_received_on", Date, nullable=False),
    Column("last_received_on", Date, nullable=False),
    Column("last_received_at", Instant, nullable=False),
    Column("expected_working_days", Integer, nullable=True),  # empty: the setting; 0: nothing is expected any more
    Column("set_by", String(120), nullable=True),
    Column("reason", Text, nullable=True),
    Column("set_at", Instant, nullable=True),
)

data_sharing_sign_off = Table(
    "data_sharing_sign_off",
    metadata,
    # The key is the rule that a day is signed once. `figures` are the sums that the officer saw.
    Column("on_day", Date, primary_key=True),
    Column("signed_by", String(120), nullable=False),
    Column("role", String(100), nullable=False),
    Column("remark", Text, nullable=False),
    Column("digest", String(32), nullable=False),
    Column("figures", Text, nullable=False),
    Column("signed_at", Instant, nullable=False),
)

data_sharing_anomaly = Table(
    "data_sharing_anomaly",
    metadata,
    Column("anomaly_id", String(32), primary_key=True),
    Column("on_day", Date, nullable=False),
    Column("source", String(120), nullable=False),  # empty: the day as a whole
    Column("description", Text, nullable=False),
    Column("state", String(8), nullable=False),  # open | resolved
    Column("opened_by", String(120), nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("resolved_by", String(120), nullable=True),
    Column("resolution", Text, nullable=True),
    Column("resolved_at", Instant, nullable=True),
    Index(None, "state", "anomaly_id"),
    Index(None, "on_day"),
)
