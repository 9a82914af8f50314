"""The embedded bus's own storage: one row a message and queue, and the dead letters.

No migrations: this is a broker's disk, not a service's memory. The bus makes the tables when it opens them, and a
change of shape takes new table names, as a change of a RabbitMQ queue's arguments takes a new queue name; the old ones
are drained and dropped.
"""

from sqlalchemy import Column, Index, Integer, LargeBinary, String, Table, Text

from shared.database.mechanics import Identity, new_metadata
from shared.database.types import Instant

metadata = new_metadata()

delivery = Table(
    "delivery",
    metadata,
    Column("delivery_id", Identity, primary_key=True, autoincrement=True),
    Column("queue", String(80), nullable=False),
    Column("message_id", String(32), nullable=False),
    Column("type", String(80), nullable=False),
    Column("routing_key", String(120), nullable=False),
    Column("headers", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("lease_owner", String(32), nullable=True),
    # When a consumer may have it; while one has it, when its lease ends. Wall time.
    Column("visible_at", Instant, nullable=False),
    Column("stored_at", Instant, nullable=False),
    Column("body", LargeBinary, nullable=False),
    # A claim reads the head of its queue from this index, whatever waits behind it or is delayed.
    Index(None, "queue", "visible_at", "delivery_id"),
    # Otherwise SQLite gives the id of a deleted row to the next one, and a late answer would hit a stranger.
    sqlite_autoincrement=True,
)

dead_letter = Table(
    "dead_letter",
    metadata,
    Column("dead_letter_id", Identity, primary_key=True, autoincrement=True),
    Column("queue", String(80), nullable=False),
    Column("message_id", String(32), nullable=False),
    Column("type", String(80), nullable=False),
    Column("routing_key", String(120), nullable=False),
    Column("headers", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    Column("dead_at", Instant, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index(None, "queue"),
)
