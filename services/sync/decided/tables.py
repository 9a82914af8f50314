"""告知核对: the comparisons with what disclosure decided, and what they found that is not put right yet."""

from sqlalchemy import Boolean, Column, Index, Integer, String, Table, Text, false

from services.sync.tables import metadata
from shared.database.types import Instant

decided_check = Table(
    "decided_check",
    metadata,
    Column("check_id", String(32), primary_key=True),
    Column("requested_at", Instant, nullable=False),
    Column("requested_by", String(120), nullable=False),
    # 全部补发: a person wants everything told again, however much it is.
    Column("without_limit", Boolean, nullable=False, server_default=false()),
    Column("lease_until", Instant, nullable=True),
    # When everything was compared once; what differed then is judged after the settle time.
    Column("compared_at", Instant, nullable=True),
    Column("finished_at", Instant, nullable=True),
    Column("entries", Integer, nullable=False, server_default="0"),
    Column("never_told", Integer, nullable=False, server_default="0"),
    Column("behind", Integer, nullable=False, server_default="0"),
    Column("ahead", Integer, nullable=False, server_default="0"),
    Column("repeated", Integer, nullable=False, server_default="0"),  # records whose orders were asked for again
    Column("held", Integer, nullable=False, server_default="0"),  # records left to people, above the limit
    Column("explanation", Text, nullable=True),  # why it does not go on
    # True until it is finished, then empty: one goes on at a time, however many ask.
    Column("going_on", Boolean, nullable=True),
    Index(None, "going_on", unique=True),
    Index(None, "finished_at"),
)

decided_difference = Table(
    "decided_difference",
    metadata,
    Column("record_id", String(32), primary_key=True),
    Column("audience", String(20), primary_key=True),
    Column("check_id", String(32), nullable=False),  # that found it last
    Column("kind", String(12), nullable=False),  # `domain.difference.Kind`
    Column("decided_generation", Integer, nullable=False),
    Column("heard_generation", Integer, nullable=False),
    Column("found_at", Instant, nullable=False),
    # Not before it outlived the settle time: until then the news may be under way.
    Column("confirmed_at", Instant, nullable=True),
    Column("repeated_at", Instant, nullable=True),
)
