"""The tables of materials: each file once by its content, and which application it was handed in for."""

from sqlalchemy import Column, Index, Integer, String, Table, Text

from services.repair.tables import metadata
from shared.database.types import Instant

material_file = Table(
    "material_file",
    metadata,
    # One content, however often it was handed in. The bytes lie sealed in the folder of materials.
    Column("sha256", String(64), primary_key=True),
    Column("size_bytes", Integer, nullable=False),
    Column("format", String(8), nullable=False),  # by content: `domain.content.FileFormat`
    Column("stored_at", Instant, nullable=False),  # last put in; on the machine's own clock
    Column("scan", String(12), nullable=False),  # `scanners.ScanState`
    Column("scan_attempts", Integer, nullable=False),
    Column("scan_next_at", Instant, nullable=False),
    Column("scanned_at", Instant, nullable=True),
    Column("finding", String(200), nullable=True),  # what the scanner calls it
    Index(None, "scan", "scan_next_at"),
)

material = Table(
    "material",
    metadata,
    # One paper of one application (申请材料). No name of a file is kept: it may hold anything.
    Column("material_id", String(32), primary_key=True),
    Column("application_id", String(32), nullable=False),
    Column("record_id", String(32), nullable=True),  # the one record it is for; null: the whole application
    Column("kind", String(24), nullable=False),  # `domain.papers.PaperKind`
    Column("sha256", String(64), nullable=False),
    Column("uploaded_by", String(120), nullable=False),
    Column("uploaded_at", Instant, nullable=False),
    Column("removed_by", String(120), nullable=True),
    Column("removed_at", Instant, nullable=True),
    Column("removal_reason", Text, nullable=True),
    Index(None, "application_id"),
    Index(None, "sha256"),
)
