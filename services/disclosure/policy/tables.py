"""The packs that were ever in force, who adopted them and why, and the comparisons that were asked for."""

from sqlalchemy import Column, Date, ForeignKey, Index, Integer, String, Table, Text

from services.disclosure.tables import metadata
from shared.database.types import Instant

adoption = Table(
    "adoption",
    metadata,
    # The highest revision is in force. Its texts are kept, so that every replica judges alike and each stored window
    # can be computed again with the packs of its day.
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("version", String(80), nullable=False),
    Column("origin", String(12), nullable=False),  # packaged | adopted
    Column("adopted_by", String(120), nullable=False),
    Column("reason", Text, nullable=False),
    Column("adopted_at", Instant, nullable=False),
    Column("judged", Integer, nullable=False),  # records judged anew under it
    Column("taken_down", Integer, nullable=False),
    Column("shown", Integer, nullable=False),
    Column("changed", Integer, nullable=False),  # publications whose window changed, orders included
    Column("completed_at", Instant, nullable=True),
)

pack_file = Table(
    "pack_file",
    metadata,
    Column("revision", Integer, ForeignKey("adoption.revision"), primary_key=True),
    Column("name", String(100), primary_key=True),
    Column("text", Text, nullable=False),
)

comparison = Table(
    "comparison",
    metadata,
    Column("comparison_id", String(32), primary_key=True),
    Column("asked_by", String(120), nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("version", String(80), nullable=False),
    Column("as_of", Date, nullable=False),
    Column("texts", Text, nullable=False),
    Column("leased_until", Instant, nullable=True),
    # How far whoever works on it has come: since when, how many records of how many.
    Column("begun_at", Instant, nullable=True),
    Column("compared", Integer, nullable=False, server_default="0"),
    Column("expected", Integer, nullable=True),
    Column("finished_at", Instant, nullable=True),
    Column("result", Text, nullable=True),
    Index(None, "finished_at", "asked_at"),
)

comparison_change = Table(
    "comparison_change",
    metadata,
    # Every change that a comparison found, in the order in which it was found; gone with its comparison.
    Column("comparison_id", String(32), primary_key=True),
    Column("place", Integer, primary_key=True, autoincrement=False),
    Column("record_id", String(32), nullable=False),
    Column("city", String(12), nullable=False),
    Column("audience", String(20), nullable=False),
    Column("kinds", String(120), nullable=False),  # each with a comma before and after it
    Column("closes_on", Date, nullable=True),
    Column("new_closes_on", Date, nullable=True),
    Column("rule_id", String(80), nullable=False),
    Column("new_rule_id", String(80), nullable=False),
)
