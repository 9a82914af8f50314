"""Imported lists with their rows, and what comparing them with our records found."""

from sqlalchemy import Boolean, Column, Date, Index, Integer, String, Table, Text, UniqueConstraint

from services.ingest.tables import metadata
from shared.database.types import Instant

provincial_list = Table(
    "provincial_list",
    metadata,
    Column("list_id", String(32), primary_key=True),
    Column("source", String(120), nullable=False),
    Column("version", Integer, nullable=False),
    Column("period_from", Date, nullable=False),
    Column("period_to", Date, nullable=False),
    Column("file_name", String(200), nullable=False),
    Column("file_digest", String(32), nullable=False),
    Column("rows", Integer, nullable=False),
    Column("refused", Integer, nullable=False),
    Column("refusals", Text, nullable=False),  # the first of them, with row and sentence
    Column("imported_by", String(120), nullable=False),
    Column("imported_at", Instant, nullable=False),
    UniqueConstraint("source", "version"),
    UniqueConstraint("source", "file_digest"),
)

provincial_entry = Table(
    "provincial_entry",
    metadata,
    Column("list_id", String(32), primary_key=True),
    Column("row", Integer, primary_key=True),
    Column("subject_key", String(80), nullable=False),  # as in `record`; empty without a usable unified code
    Column("code", String(32), nullable=False),  # another number of an organisation; never a person's
    Column("is_person", Boolean, nullable=False),
    Column("name", String(200), nullable=False),  # masked for a natural person
    Column("document_number", String(256), nullable=False),
    Column("document_key", String(64), nullable=False),  # empty: the row names a subject only
    Column("decided_on", Date, nullable=True),
    Column("authority_name", String(200), nullable=False),
    Column("penalty_types", String(200), nullable=False),
    Column("fine", String(30), nullable=False),  # yuan, as a decimal number
    Column("region", String(12), nullable=False),
    Index(None, "list_id", "subject_key", "document_key"),
)

list_comparison = Table(
    "list_comparison",
    metadata,
    Column("comparison_id", String(32), primary_key=True),
    Column("list_id", String(32), nullable=False),
    Column("state", String(10), nullable=False),  # entries | ours | done
    Column("after_row", Integer, nullable=False),
    Column("after_record", String(32), nullable=False),
    Column("resolved", Integer, nullable=False),  # leftovers that the resolver has looked at
    Column("compared_by", String(120), nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("finished_at", Instant, nullable=True),
    Index(None, "list_id"),
    Index(None, "state"),
)

list_finding = Table(
    "list_finding",
    metadata,
    Column("comparison_id", String(32), primary_key=True),
    Column("position", String(40), primary_key=True),  # rows of the list first, then records of ours
    Column("outcome", String(16), nullable=False),
    Column("row", Integer, nullable=True),
    Column("record_id", String(32), nullable=True),
    Column("subject_key", String(80), nullable=False),
    Column("name", String(200), nullable=False),
    Column("document_number", String(256), nullable=False),
    Column("region", String(12), nullable=False),
    Column("because", Text, nullable=False),
    Column("differences", Text, nullable=False),
    Index(None, "comparison_id", "outcome", "position"),
    Index(None, "comparison_id", "record_id"),
)
