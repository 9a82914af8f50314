"""Tables of the feed and of the subscribers. A change is never altered once it has its position."""

from sqlalchemy import BigInteger, Column, Float, Index, Integer, LargeBinary, String, Table, Text, text

from services.sync.tables import metadata
from shared.database.mechanics import Identity
from shared.database.types import Instant

_UNPLACED = text("position IS NULL")
_PENDING = text("state = 'pending'")
# The same in other words, so that no question about one record can be answered by the index of all that waits: while
# statistics of a quiet hour know of nothing that waits, the planner holds both to be equally short.
_NOT_ENDED = text("state NOT IN ('delivered', 'failed')")
_FAILED = text("state = 'failed'")

change = Table(
    "change",
    metadata,
    Column("change_id", Identity, primary_key=True, autoincrement=True),
    # The place in the feed, given after the commit, without gaps. What the record is about is filled in with it.
    Column("position", BigInteger, nullable=True, unique=True),
    Column("type", String(40), nullable=False),
    Column("record_id", String(32), nullable=False),
    Column("portal", String(20), nullable=False),
    Column("generation", Integer, nullable=False),
    Column("detail", String(20), nullable=True),
    Column("at", Instant, nullable=False),
    Column("kind", String(20), nullable=True),
    Column("region", String(12), nullable=True),
    Column("authority", String(18), nullable=True),
    Index("ix_change_unplaced", "change_id", postgresql_where=_UNPLACED, sqlite_where=_UNPLACED),
    Index("ix_change_record_id", "record_id"),
)

feed_head = Table(
    "feed_head",
    metadata,
    # One row: the last position given, and the oldest that is still kept.
    Column("feed", String(20), primary_key=True),
    Column("position", BigInteger, nullable=False),
    Column("oldest", BigInteger, nullable=False),
    # How many subscribers were ever entered: who numbers sees by it that nobody came in between.
    Column("entered", BigInteger, nullable=False, server_default="0"),
)

subscriber = Table(
    "subscriber",
    metadata,
    Column("subscriber_id", String(32), primary_key=True),
    Column("name", String(100), nullable=False),
    Column("url", String(500), nullable=False),
    # What is wanted, each as `,one,two,`; empty means everything.
    Column("types", Text, nullable=False),
    Column("kinds", Text, nullable=False),
    Column("regions", Text, nullable=False),
    Column("from_position", BigInteger, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("created_by", String(120), nullable=False),
    # active (启用) | paused (暂停) | removed (注销), since when, by whom and why.
    Column("state", String(10), nullable=False),
    Column("state_at", Instant, nullable=False),
    Column("state_by", String(120), nullable=False),
    Column("state_reason", String(300), nullable=True),
    # Health of the endpoint: failures without a success in between, and until when it is left alone.
    Column("failures", Integer, nullable=False),
    Column("failing_since", Instant, nullable=True),
    Column("held_until", Instant, nullable=True),
    Column("last_success_at", Instant, nullable=True),
    Index(None, "state"),
)

subscriber_sequence = Table(
    "subscriber_sequence",
    metadata,
    # The last number given to this subscriber. Apart from its health, so that fan-out and delivery never wait.
    Column("subscriber_id", String(32), primary_key=True),
    Column("last", BigInteger, nullable=False),
)

subscriber_key = Table(
    "subscriber_key",
    metadata,
    Column("key_id", String(32), primary_key=True),
    Column("subscriber_id", String(32), nullable=False),
    Column("algorithm", String(4), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("public_key", String(80), nullable=True),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=True),
    Index(None, "subscriber_id"),
)

delivery = Table(
    "delivery",
    metadata,
    Column("subscriber_id", String(32), primary_key=True),
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    # The change that is told; none for a test event.
    Column("position", BigInteger, nullable=True),
    Column("record_id", String(32), nullable=True),
    Column("state", String(10), nullable=False),  # pending | delivered | failed
    Column("attempts", Integer, nullable=False),
    Column("next_try_at", Instant, nullable=False),
    Column("stored_at", Instant, nullable=False),
    Column("ended_at", Instant, nullable=True),
    Index("ix_delivery_pending", "subscriber_id", "sequence", postgresql_where=_PENDING, sqlite_where=_PENDING),
    Index(
        "ix_delivery_not_ended_of_record",
        "subscriber_id",
        "record_id",
        "sequence",
        postgresql_where=_NOT_ENDED,
        sqlite_where=_NOT_ENDED,
    ),
    Index("ix_delivery_failed", "subscriber_id", "sequence", postgresql_where=_FAILED, sqlite_where=_FAILED),
)

delivery_attempt = Table(
    "delivery_attempt",
    metadata,
    Column("attempt_id", Identity, primary_key=True, autoincrement=True),
    Column("subscriber_id", String(32), nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("outcome", String(12), nullable=False),
    Column("status", Integer, nullable=True),
    Column("message", String(200), nullable=True),
    Column("attempted_at", Instant, nullable=False),
    Column("seconds", Float, nullable=False),
    Index(None, "subscriber_id", "sequence"),
)

replay = Table(
    "replay",
    metadata,
    # 重投: deliveries that are sent once more, some at a time.
    Column("replay_id", String(32), primary_key=True),
    Column("subscriber_id", String(32), nullable=False),
    Column("what", String(10), nullable=False),  # one | since | failed
    Column("since", Instant, nullable=True),
    Column("next_sequence", BigInteger, nullable=False),
    Column("last_sequence", BigInteger, nullable=False),
    Column("requeued", Integer, nullable=False),
    Column("requested_at", Instant, nullable=False),
    Column("requested_by", String(120), nullable=False),
    Column("reason", String(300), nullable=False),
    Column("finished_at", Instant, nullable=True),
    Index(None, "subscriber_id"),
)
