"""The tables that disclosure owns."""

from sqlalchemy import Boolean, Column, Date, Index, Integer, String, Table, Text, and_, false, select, text
from sqlalchemy.dialects.postgresql import VARCHAR

from shared.calendars.tables import term_columns, term_index
from shared.database.mechanics import new_metadata
from shared.database.types import Instant

metadata = new_metadata()


def searched(length: int) -> String:
    """A text whose index serves a search by its beginning: compared sign by sign, whatever the database's language."""
    return String(length).with_variant(VARCHAR(length, collation="C"), "postgresql")


disclosed_record = Table(
    "disclosed_record",
    metadata,
    # What ingest told last, and the two things that end display for good. A withdrawal that arrives before its record
    # leaves a row without content: the fence that the late record meets.
    Column("record_id", String(32), primary_key=True),
    Column("source_generation", Integer, nullable=False),
    Column("kind", String(12), nullable=True),
    Column("region", String(12), nullable=True),
    Column("subject_kind", String(16), nullable=True),
    Column("subject_key", String(80), nullable=True),
    Column("subject_name", String(200), nullable=True),
    # As they are searched (`domain.keys`), in the order of code points on every database.
    Column("name_key", searched(200), nullable=True),
    Column("document_key", searched(64), nullable=True),
    Column("decided_on", Date, nullable=True),
    Column("first_submitted_on", Date, nullable=True),
    Column("withdrawn", Boolean, nullable=False),
    Column("repaired", Boolean, nullable=False),
    Column("body", Text, nullable=True),
    # The facts that were judged, those that a person added included, on which day and under which adoption: a record
    # whose day lies before the rules of today, or whose revision is not the newest, is judged anew.
    Column("facts", Text, nullable=True),
    Column("evaluated_on", Date, nullable=True),
    Column("law_revision", Integer, nullable=True),
    Index(None, "subject_key"),
    Index(None, "evaluated_on"),
    Index(None, "law_revision"),
)

_IS_ONLINE = text("state = 'online'")
NEEDS_CONFIRMATION = text("needs_confirmation")
"""As the index of what a person has to confirm has it, on both databases."""

publication = Table(
    "publication",
    metadata,
    Column("record_id", String(32), primary_key=True),
    Column("audience", String(20), primary_key=True),
    Column("generation", Integer, nullable=False),
    Column("state", String(24), nullable=False),  # `domain.display.PublicationState`
    Column("severity", String(12), nullable=True),
    Column("needs_confirmation", Boolean, nullable=False),
    Column("opens_on", Date, nullable=True),
    Column("closes_on", Date, nullable=True),
    Column("offline_on", Date, nullable=True),
    Column("repair_from_on", Date, nullable=True),
    Column("rule_id", String(80), nullable=False),
    Column("reason", String(40), nullable=True),
    # By when the order of this state must be carried out, and the deadline of the law that says so (working days).
    Column("due_at", Instant, nullable=True),
    *term_columns(),
    Column("changed_at", Instant, nullable=False),
    # A natural person's record that the own column shows masked (R11); without it none is shown there.
    Column("masked", Boolean, nullable=False, server_default=false()),
    # What is offline is never looked for by its state: leaving it out spares each end of a window one index entry. Only
    # on PostgreSQL, which sees the value of a parameter when it plans.
    Index(None, "state", "offline_on", postgresql_where=text("state <> 'offline'")),
    # A calendar of days asks for these of what is online; the end of a window only takes it out of them.
    Index("ix_publication_repairable", "repair_from_on", postgresql_where=_IS_ONLINE, sqlite_where=_IS_ONLINE),
    Index("ix_publication_to_be_shown", "due_at", postgresql_where=_IS_ONLINE, sqlite_where=_IS_ONLINE),
    # With all that the queue of confirmations asks of them: it never touches the table.
    Index(
        "ix_publication_to_confirm",
        "state",
        "offline_on",
        "record_id",
        postgresql_where=NEEDS_CONFIRMATION,
        sqlite_where=NEEDS_CONFIRMATION,
    ),
    term_index(),
)

publication_provenance = Table(
    "publication_provenance",
    metadata,
    # Apart from the row that every end of a window rewrites: these are four fifths of the bytes, and stay as they are.
    Column("record_id", String(32), primary_key=True),
    Column("audience", String(20), primary_key=True),
    Column("provenance", Text, nullable=False),  # the window with its provenance, from which it can be recomputed (G03)
    Column("basis", Text, nullable=True),  # the windows that `provenance` was put together from, when more than one
)

foreseen_end = Table(
    "foreseen_end",
    metadata,
    # A publication that is online and ends earlier than its window says, by a version that begins later (`foresee`).
    Column("record_id", String(32), primary_key=True),
    Column("audience", String(20), primary_key=True),
    Column("ends_on", Date, nullable=False),  # the first day on which it is not shown
    Column("unless_confirmed", Boolean, nullable=False),  # only because a graver class is not confirmed (R07)
    Index(None, "ends_on"),
)

explains = and_(
    publication_provenance.c.record_id == publication.c.record_id,
    publication_provenance.c.audience == publication.c.audience,
)
"""Joins a publication with its provenance."""

foresees = and_(foreseen_end.c.record_id == publication.c.record_id, foreseen_end.c.audience == publication.c.audience)
"""Joins a publication with its foreseen end."""

explained_publication = select(
    publication, publication_provenance.c.provenance, publication_provenance.c.basis
).join_from(publication, publication_provenance, explains)
"""Publications with their provenance."""
