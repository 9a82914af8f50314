"""The register's names and the history of statuses. The present status stays in `subject_status`."""

from sqlalchemy import Column, Date, Index, String, Table

from services.ingest.tables import metadata
from shared.database.types import Instant

registered_subject = Table(
    "registered_subject",
    metadata,
    Column("uscc", String(18), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("as_of", Date, nullable=False),  # an older notice never overwrites a younger one
    Column("proof_reference", String(200), nullable=False),
    Column("client", String(120), nullable=False),
    Column("changed_at", Instant, nullable=False),
)

subject_former = Table(
    "subject_former",
    metadata,
    # 曾用名 and the numbers before the unified code. Rows are only ever added.
    Column("uscc", String(18), primary_key=True),
    Column("kind", String(20), primary_key=True),  # former_name | registration_number | organisation_code
    Column("value", String(200), primary_key=True),
    Column("as_of", Date, nullable=False),
    Column("proof_reference", String(200), nullable=False),
    Column("client", String(120), nullable=False),
    Column("noted_at", Instant, nullable=False),
    Index(None, "value", "kind"),
)

subject_status_notice = Table(
    "subject_status_notice",
    metadata,
    # Every status that was ever told, also one that was older than the present one. Rows are only ever added.
    Column("uscc", String(18), primary_key=True),
    Column("as_of", Date, primary_key=True),
    Column("status", String(24), primary_key=True),
    Column("proof_reference", String(200), nullable=False),
    Column("client", String(120), nullable=False),
    Column("noted_at", Instant, nullable=False),
)
