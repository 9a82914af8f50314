"""The tables that ingest owns."""

from sqlalchemy import Column, Date, Index, Integer, LargeBinary, String, Table, Text, text

from shared.calendars.tables import calendar_years
from shared.database.mechanics import new_metadata
from shared.database.types import Instant

metadata = new_metadata()

calendar_year = calendar_years(metadata)

record = Table(
    "record",
    metadata,
    Column("record_id", String(32), primary_key=True),
    Column("record_key", String(32), nullable=False),
    Column("kind", String(12), nullable=False),
    Column("authority_code", String(18), nullable=False),
    Column("source_code", String(18), nullable=False),
    Column("subject_key", String(80), nullable=False),
    Column("document_key", String(64), nullable=False),
    Column("decided_on", Date, nullable=False),
    Column("state", String(8), nullable=False),  # valid | voided
    Column("generation", Integer, nullable=False),
    Column("content_digest", String(32), nullable=False),
    # Fingerprint of the row that the content was last made of: the same row again need not be judged.
    Column("sent_digest", String(32), nullable=False),
    # The system that sent the content last: another one replaces it only as far as the source map lets it.
    Column("client", String(120), nullable=False, server_default=""),
    Column("data_version", Integer, nullable=True),  # 数据版本, as the source counts
    Column("first_submitted_on", Date, nullable=False),
    Column("changed_at", Instant, nullable=False),
    # Text, not jsonb, and not beside all its columns again: at COPY speed that is 2.6 times faster on PostgreSQL.
    Column("content", Text, nullable=False),
    Column("private", LargeBinary, nullable=True),  # sealed; natural persons only
    # What upheld objections proved wrong of it (`objections.domain.disproved`); the source does not bring it back.
    Column("disproved", Text, nullable=True),
    Index(None, "record_key", unique=True),
    Index(None, "subject_key"),
    Index(None, "sent_digest"),
)

batch = Table(
    "batch",
    metadata,
    Column("batch_id", String(32), primary_key=True),
    Column("client", String(120), nullable=False),
    Column("kind", String(12), nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("counts", Text, nullable=False),
    # One document for all rows: a verdict row each would double the writes and is only ever read whole.
    Column("verdicts", Text, nullable=False),
    Index(None, "client", "received_at"),
)

_IT_WAITS = text("state = 'waiting'")

quarantined_row = Table(
    "quarantined_row",
    metadata,
    Column("batch_id", String(32), primary_key=True),
    Column("row", Integer, primary_key=True),
    Column("quarantine_id", String(32), nullable=False),  # grows with time
    Column("kind", String(12), nullable=False),
    Column("client", String(120), nullable=False),
    Column("authority_code", String(18), nullable=True),  # of the row, when it could be read
    Column("cells", LargeBinary, nullable=False),  # sealed: an unread row may hold anything
    Column("findings", Text, nullable=False),
    Column("quarantined_at", Instant, nullable=False),
    Column("state", String(12), nullable=False, server_default="waiting"),  # `quarantine.states.QuarantineState`
    Column("corrects", String(32), nullable=True),  # the quarantined row that was corrected into this one
    # What became of it: by whom, when and why; the record, or the row that waits in its place.
    Column("decided_by", String(120), nullable=True),
    Column("decided_at", Instant, nullable=True),
    Column("reason", Text, nullable=True),
    Column("record_id", String(32), nullable=True),
    Column("successor_id", String(32), nullable=True),
    # From when the reporting duty is counted: the decision, or the day on which the row came if that is not readable.
    Column("due_from", Date, nullable=True),
    Index(None, "client", "quarantined_at"),
    Index(None, "quarantine_id", unique=True),
    Index(None, "state", "quarantine_id"),
    # With whose row it is, so that what is due is counted without a look at the table.
    Index(
        "ix_quarantined_row_due_from",
        "due_from",
        "authority_code",
        "client",
        postgresql_where=_IT_WAITS,
        sqlite_where=_IT_WAITS,
    ),
)

quarantined_code = Table(
    "quarantined_code",
    metadata,
    # The codes of the findings that stopped a row, for lists and counts.
    Column("code", String(40), primary_key=True),
    Column("quarantine_id", String(32), primary_key=True),
)

withdrawal = Table(
    "withdrawal",
    metadata,
    # 变更, 撤销, 确认违法, 无效: what the authority did to its decision, with the reasons that are public (art. 48).
    Column("record_id", String(32), primary_key=True),
    Column("generation", Integer, primary_key=True),
    Column("kind", String(12), nullable=False),
    Column("statement_of_reasons", Text, nullable=False),
    Column("withdrawn_on", Date, nullable=False),
    Column("noted_by", String(120), nullable=False),
    Column("noted_at", Instant, nullable=False),
    Index(None, "withdrawn_on"),
)

authoritative_source = Table(
    "authoritative_source",
    metadata,
    # 数据来源清单: which system (client) is authoritative for a kind, of one authority or ("") of all without an entry.
    Column("kind", String(12), primary_key=True),
    Column("authority_code", String(18), primary_key=True),
    Column("client", String(120), primary_key=True),
    Column("others", String(12), nullable=False),  # `domain.findings.Weight` of a row from another system
    Column("reason", Text, nullable=False),
    Column("set_by", String(120), nullable=False),
    Column("set_at", Instant, nullable=False),
)

subject_status = Table(
    "subject_status",
    metadata,
    # 登记状态: what the business register said last of a subject, with the proof.
    Column("uscc", String(18), primary_key=True),
    Column("generation", Integer, nullable=False),
    Column("status", String(24), nullable=False),
    Column("as_of", Date, nullable=False),
    Column("proof_reference", String(200), nullable=False),
    Column("client", String(120), nullable=False),
    Column("changed_at", Instant, nullable=False),
)
