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
