"""The ledger (台账) that the monthly forms count. Rows are only ever added."""

from sqlalchemy import Column, Date, Index, Integer, String, Table, Text

from services.disclosure.tables import metadata
from shared.database.types import Instant

ledger_entry = Table(
    "ledger_entry",
    metadata,
    # The key is the rule that a record counts once, on its first day (ruling R35): a second row cannot be written.
    Column("record_id", String(32), primary_key=True),
    Column("what", String(10), primary_key=True),  # published | exited
    Column("subject_key", String(80), nullable=False),
    Column("region", String(12), nullable=False),
    Column("decided_on", Date, nullable=False),
    Column("published_on", Date, nullable=False),
    Column("on_day", Date, nullable=False),
    Column("bucket", String(12), nullable=True),  # why it left; empty for `published`
    Column("written_at", Instant, nullable=False),
    # The days of a month, and behind them what the forms count by: the rows themselves need not be read.
    Index("ix_ledger_entry_counted", "what", "on_day", "record_id", "region", "decided_on", "published_on", "bucket"),
)

form_reminder = Table(
    "form_reminder",
    metadata,
    # 填报提醒, once a form, unit and month. It waits until `settled_at`; who filed stands in `form_report`.
    Column("form", String(1), primary_key=True),
    Column("unit", String(12), primary_key=True),
    Column("month", String(7), primary_key=True),
    Column("due_on", Date, nullable=False),
    Column("remind_on", Date, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("channel", String(20), nullable=True),
    Column("outcome", String(12), nullable=True),  # sent | not_needed
    Column("settled_at", Instant, nullable=True),
    Index(None, "settled_at"),
)

form_report = Table(
    "form_report",
    metadata,
    # A form that was handed out, with the cut-off by which it was counted. Never the filler: that is personal.
    Column("report_id", String(32), primary_key=True),
    Column("form", String(1), nullable=False),
    Column("unit", String(12), nullable=False),
    Column("month", String(7), nullable=False),
    Column("cutoff_day", Integer, nullable=False),
    Column("layout", String(80), nullable=False),
    Column("figures", Text, nullable=False),
    Column("filed_by", String(120), nullable=False),
    Column("filed_at", Instant, nullable=False),
    Index(None, "unit", "month"),
)
