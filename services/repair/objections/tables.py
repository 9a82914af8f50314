"""The tables of objections: each as it stands, every step, the sanctions to undo, and the marks that were told."""

from sqlalchemy import Boolean, Column, Date, Index, Integer, LargeBinary, String, Table, Text, text

from services.repair.tables import metadata
from shared.calendars.tables import term_columns, term_index
from shared.database.types import Instant

objection = Table(
    "objection",
    metadata,
    Column("objection_id", String(32), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("record_id", String(32), nullable=False),
    Column("subject_key", String(80), nullable=False),
    Column("authority_code", String(18), nullable=False),
    Column("severity", String(12), nullable=True),  # the gravest that was shown at the filing
    Column("about", String(16), nullable=False),  # `domain.machine.About`
    Column("by_subject", Boolean, nullable=False),  # else by the bureau
    Column("sealed", LargeBinary, nullable=False),  # what the objector says and how to reach him
    Column("state", String(16), nullable=False),  # `domain.machine.ObjectionState`
    # One open objection a record and matter, whoever races.
    Column("is_open", Boolean, nullable=False),
    Column("filed_by", String(120), nullable=False),
    Column("filed_at", Instant, nullable=False),
    Column("received_on", Date, nullable=False),  # the day from which the clocks run
    Column("mark_due_at", Instant, nullable=False),
    Column("other_unit", Boolean, nullable=False),  # 协查: the longer limit applies
    # By when it must be answered; nothing once it was.
    Column("due_at", Instant, nullable=True),
    *term_columns(),
    Column("decision", Text, nullable=True),  # `domain.decision.Decision`, as proposed or decided last
    Column("proposed_by", String(120), nullable=True),
    Column("decided_by", String(120), nullable=True),
    Column("answered_at", Instant, nullable=True),
    Column("in_time", Boolean, nullable=True),
    Column("attempt", Integer, nullable=False),  # counts the remedies that were ordered
    Column("outcome", String(12), nullable=True),  # `RemedyOutcome` of the last one
    Column("outcome_reasons", Text, nullable=True),
    Column("closed_at", Instant, nullable=True),
    Index(
        "uq_objection_open",
        "record_id",
        "about",
        unique=True,
        postgresql_where=text("is_open"),
        sqlite_where=text("is_open"),
    ),
    Index(None, "state", "objection_id"),
    Index(None, "record_id"),
    term_index(),
)

objection_step = Table(
    "objection_step",
    metadata,
    # Rows are only added. The step that made version 1 is the filing.
    Column("objection_id", String(32), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("action", String(12), nullable=False),
    Column("from_state", String(16), nullable=True),
    Column("to_state", String(16), nullable=False),
    Column("actor", String(120), nullable=False),
    Column("reason", Text, nullable=False),
    Column("taken_at", Instant, nullable=False),
)

objection_sanction = Table(
    "objection_sanction",
    metadata,
    # 错误惩戒: what has to be undone and by whom; then on which day it was and when its holder was told.
    Column("objection_id", String(32), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("measure", String(200), nullable=False),
    Column("holder", String(200), nullable=False),
    Column("undone_on", Date, nullable=True),
    Column("told_on", Date, nullable=True),
    Column("reference", String(200), nullable=True),
    Column("noted_by", String(120), nullable=True),
    Column("noted_at", Instant, nullable=True),
)

objection_mark = Table(
    "objection_mark",
    metadata,
    # 异议标注: what was told last of a record. The row is what two objections to one record queue up at.
    Column("record_id", String(32), primary_key=True),
    Column("generation", Integer, nullable=False),
    Column("marked", Boolean, nullable=False),
    Column("since_on", Date, nullable=False),
)
