"""Tables that every service has because of how it works, not of what it decides.

They live in each service's own schema, so that a row and the event that tells of it share one transaction.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from shared.database.types import Instant

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
}
Identity = BigInteger().with_variant(Integer, "sqlite")


def new_metadata() -> MetaData:
    """Metadata with the house's names for constraints."""
    return MetaData(naming_convention=NAMING)


metadata = new_metadata()

_UNLINKED = text("seq IS NULL")

outbox = Table(
    "outbox",
    metadata,
    Column("outbox_id", Identity, primary_key=True, autoincrement=True),
    Column("message_id", String(32), nullable=False),
    Column("type", String(80), nullable=False),
    Column("routing_key", String(120), nullable=False),
    Column("events", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("stored_at", Instant, nullable=False),
    Column("leased_until", Instant, nullable=True),
)

inbox = Table(
    "inbox",
    metadata,
    # One row a part of a message that has taken effect: events first_event..last_event, counted from 0.
    Column("queue", String(80), primary_key=True),
    Column("message_id", String(32), primary_key=True),
    Column("first_event", Integer, primary_key=True),
    Column("last_event", Integer, nullable=False),
    Column("handled_at", Instant, nullable=False),
    Index(None, "handled_at"),
)

parked_event = Table(
    "parked_event",
    metadata,
    Column("parked_id", String(32), primary_key=True),
    Column("queue", String(80), nullable=False),
    Column("message_id", String(32), nullable=False),
    Column("position", Integer, nullable=False),
    Column("type", String(80), nullable=False),
    Column("event", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("parked_at", Instant, nullable=False),
    UniqueConstraint("queue", "message_id", "position"),
)

idempotency_key = Table(
    "idempotency_key",
    metadata,
    Column("caller", String(120), primary_key=True),
    Column("idempotency_key", String(200), primary_key=True),
    Column("request_digest", LargeBinary(32), nullable=False),
    Column("status", Integer, nullable=False),
    Column("response", LargeBinary, nullable=False),
    Column("media_type", String(80), nullable=False),
    Column("stored_at", Instant, nullable=False),
    Index(None, "stored_at"),
)

job_run = Table(
    "job_run",
    metadata,
    Column("job", String(80), primary_key=True),
    Column("scheduled_for", Instant, primary_key=True),
    Column("started_at", Instant, nullable=False),
    Column("finished_at", Instant, nullable=True),
    Column("outcome", Text, nullable=True),
)

audit_entry = Table(
    "audit_entry",
    metadata,
    # What an act says of itself is written once, in its own transaction, and fixed by `digest`.
    Column("entry_id", String(32), primary_key=True),
    Column("action", String(60), nullable=False),
    Column("actor", String(120), nullable=False),
    Column("subject", String(80), nullable=False),
    Column("record_id", String(32), nullable=True),
    Column("reason", Text, nullable=True),
    Column("at", Instant, nullable=False),
    Column("effect_rows", Integer, nullable=False),
    Column("effect_digest", String(64), nullable=True),
    Column("payload", Text, nullable=False),
    Column("digest", String(64), nullable=False),
    # The link is filled in by the linker, once: no writer waits for another.
    Column("seq", BigInteger, nullable=True),
    Column("previous", String(64), nullable=True),
    Column("hash", String(64), nullable=True),
    Column("linked_at", Instant, nullable=True),
    UniqueConstraint("seq"),
    Index("ix_audit_entry_unlinked", "entry_id", postgresql_where=_UNLINKED, sqlite_where=_UNLINKED),
    Index(None, "subject", "entry_id"),
    Index(None, "record_id", "entry_id"),
    Index(None, "actor", "entry_id"),
    Index(None, "action", "entry_id"),
    Index(None, "at"),
)

audit_head = Table(
    "audit_head",
    metadata,
    # One signed head of the chain: everything up to `seq` was as `hash` says when it was signed.
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", String(64), nullable=False),
    Column("signed_at", Instant, nullable=False),
    Column("key_id", String(64), nullable=False),
    Column("signature", String(128), nullable=False),
)
