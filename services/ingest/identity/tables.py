"""Proposed and accepted aliases. A proposal is stored once, whatever finds it again, and stays after the decision."""

from sqlalchemy import Column, Index, String, Table, Text, UniqueConstraint

from services.ingest.tables import metadata
from shared.database.types import Instant

identity_proposal = Table(
    "identity_proposal",
    metadata,
    Column("proposal_id", String(32), primary_key=True),
    Column("aspect", String(16), nullable=False),  # document_number | subject
    Column("scope", String(80), nullable=False),  # the subject of a document number, else empty
    Column("alias", String(80), nullable=False),
    Column("canonical", String(80), nullable=False),
    Column("alias_text", String(256), nullable=False),
    Column("canonical_text", String(256), nullable=False),
    Column("because", Text, nullable=False),
    Column("origin", String(80), nullable=False),
    Column("state", String(8), nullable=False),  # open | accepted | rejected
    Column("proposed_at", Instant, nullable=False),
    Column("decided_by", String(120), nullable=True),
    Column("reason", Text, nullable=True),
    Column("decided_at", Instant, nullable=True),
    UniqueConstraint("aspect", "scope", "alias", "canonical"),
    Index(None, "state", "proposal_id"),
)

identity_alias = Table(
    "identity_alias",
    metadata,
    # The key is the rule that an alias stands for one thing only: equality through it stays an equivalence.
    Column("aspect", String(16), primary_key=True),
    Column("scope", String(80), primary_key=True),
    Column("alias", String(80), primary_key=True),
    Column("canonical", String(80), nullable=False),
    Column("proposal_id", String(32), nullable=False),
    Column("accepted_by", String(120), nullable=False),
    Column("reason", Text, nullable=False),
    Column("accepted_at", Instant, nullable=False),
    Index(None, "aspect", "scope", "canonical"),
)
