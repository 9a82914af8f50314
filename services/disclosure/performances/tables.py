"""Whether a penalty was performed, as a clerk of its authority stated last, and every step that led there."""

from sqlalchemy import Column, Date, Index, Integer, String, Table, Text

from services.disclosure.tables import metadata
from shared.database.types import Instant

performance = Table(
    "performance",
    metadata,
    # One row a record: it has one task for enforcement at most, however often it is looked for.
    Column("record_id", String(32), primary_key=True),
    Column("authority_code", String(18), nullable=False),
    Column("standing", String(12), nullable=False),  # `domain.standing.Standing`
    Column("outcome", String(12), nullable=True),  # of a closed task
    Column("opened_at", Instant, nullable=True),  # when its task was opened first
    Column("steps", Integer, nullable=False),  # how many there are: the number of the newest
    Column("place", String(32), nullable=False),  # in lists: an identifier of the moment of the newest step
    Index(None, "standing", "place"),
)

performance_step = Table(
    "performance_step",
    metadata,
    # Rows are only added.
    Column("record_id", String(32), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("step", String(12), nullable=False),
    Column("outcome", String(12), nullable=True),
    Column("on_day", Date, nullable=False),
    Column("reason", Text, nullable=False),
    Column("actor", String(120), nullable=False),
    Column("at", Instant, nullable=False),
)
