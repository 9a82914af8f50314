"""The imports with their progress, what became of each slice, and how far another system was read."""

from sqlalchemy import BigInteger, Boolean, Column, Float, Index, Integer, String, Table, Text

from services.ingest.tables import metadata
from shared.database.types import Instant

import_job = Table(
    "import_job",
    metadata,
    Column("import_id", String(32), primary_key=True),
    Column("client", String(120), nullable=False),
    Column("authorities", Text, nullable=True),  # JSON list; without a value the client may write for any
    Column("origin", String(8), nullable=False),
    Column("name", String(255), nullable=False),
    Column("kind", String(12), nullable=True),  # what the sender said, later what was read
    Column("size_bytes", BigInteger, nullable=False),
    Column("received_bytes", BigInteger, nullable=False),  # on disk for certain; a longer file is cut to this
    Column("sha256", String(64), nullable=True),  # announced; once the file is complete, its own
    Column("state", String(12), nullable=False),
    Column("rows_done", Integer, nullable=False),  # the fence of a slice: it is committed on this number or not at all
    Column("counts", Text, nullable=False),
    Column("fraction", Float, nullable=False),
    Column("busy_seconds", Float, nullable=False),
    Column("file_format", String(16), nullable=True),
    Column("encoding", String(32), nullable=True),
    Column("notes", Text, nullable=False),
    Column("reason", Text, nullable=True),  # why it was refused or failed: code, sentence, advice
    Column("attempts", Integer, nullable=False),  # readers that began and committed nothing since
    Column("lease_id", String(32), nullable=True),
    Column("leased_until", Instant, nullable=True),
    Column("created_at", Instant, nullable=False),
    # By the system's own time, whatever time the house lives by: leases, rates and retention go by it.
    Column("touched_at", Instant, nullable=False),
    Column("finished_at", Instant, nullable=True),
    Index(None, "client", "import_id"),
    Index(None, "state", "import_id"),
    Index(None, "sha256"),
)

import_slice = Table(
    "import_slice",
    metadata,
    # The verdicts themselves stand in the slice's batch, whose rows count from 1; `places` says where they stood.
    Column("import_id", String(32), primary_key=True),
    Column("first_row", Integer, primary_key=True),
    Column("rows", Integer, nullable=False),
    Column("batch_id", String(32), nullable=False),
    Column("places", Text, nullable=False),  # JSON runs: first row in the slice, sheet, first line
    Index(None, "batch_id", unique=True),
)

pull_mark = Table(
    "pull_mark",
    metadata,
    # 高水位标记: up to where another system was read. `trail` are earlier marks, so that late commits are met again.
    Column("source", String(64), primary_key=True),
    Column("kind", String(12), primary_key=True),
    Column("mark", Text, nullable=False),
    Column("trail", Text, nullable=False),
    Column("round_open", Boolean, nullable=False),  # while pages are still to come
    Column("rows_done", BigInteger, nullable=False),
    Column("pages_done", BigInteger, nullable=False),  # the fence of a page
    Column("failures", Integer, nullable=False),
    Column("failure", Text, nullable=True),
    Column("read_at", Instant, nullable=False),  # when a page was last taken, by the system's time
    Column("next_at", Instant, nullable=False),
    Column("lease_id", String(32), nullable=True),
    Column("leased_until", Instant, nullable=True),
)
