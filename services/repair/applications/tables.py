"""The tables of applications: each as it stands, its records, every step that led there, and its legal clocks."""

from sqlalchemy import Boolean, Column, Date, Index, Integer, String, Table, Text, text

from services.repair.tables import metadata
from shared.calendars.tables import term_columns, term_index
from shared.database.types import Instant

application = Table(
    "application",
    metadata,
    Column("application_id", String(32), primary_key=True),
    Column("tracking_number", String(20), nullable=False),  # 查询码: random, says nothing of anybody
    Column("version", Integer, nullable=False),
    Column("state", String(20), nullable=False),  # `domain.case.ApplicationState`
    Column("state_since", Instant, nullable=False),
    Column("resumes", String(20), nullable=True),
    Column("subject_key", String(80), nullable=False),
    Column("uscc", String(18), nullable=True),
    Column("region", String(12), nullable=False),
    Column("authority_code", String(18), nullable=False),  # 认定单位: nobody else decides
    Column("generation", String(40), nullable=False),  # of the rules: `procedure.toml`, by the day of filing (R02)
    Column("severity", String(12), nullable=True),
    Column("two_people", Boolean, nullable=False),
    Column("filed_by", String(120), nullable=False),
    Column("on_behalf", Boolean, nullable=False),  # by the bureau for the subject
    Column("filed_at", Instant, nullable=False),
    Column("filed_on", Date, nullable=False),
    Column("accepted_on", Date, nullable=True),
    Column("supplement_requested_on", Date, nullable=True),
    Column("supplement_until", Date, nullable=True),
    Column("supplemented_on", Date, nullable=True),
    Column("first_reviewer", String(120), nullable=True),
    Column("decided_by", String(120), nullable=True),
    Column("decided_at", Instant, nullable=True),
    Column("reason", Text, nullable=True),  # of the last decision about it
    Column("served_on", Date, nullable=True),
    Column("effective_on", Date, nullable=True),  # every portal was seen without its approved records
    Column("closed_at", Instant, nullable=True),
    Index(None, "tracking_number", unique=True),
    Index(None, "state", "application_id"),
    Index(None, "subject_key"),
    Index(None, "filed_on"),  # the figures of a period
)

application_record = Table(
    "application_record",
    metadata,
    Column("application_id", String(32), primary_key=True),
    Column("record_id", String(32), primary_key=True),
    Column("outcome", String(12), nullable=False),  # `domain.case.RecordOutcome`
    Column("rule_id", String(120), nullable=True),
    Column("reason", Text, nullable=True),
    # After a revocation: the first day on which a new application is possible again (禁止再次申请).
    Column("barred_until", Date, nullable=True),
    # One open application a record, whoever races (禁止重复申请).
    Column("is_open", Boolean, nullable=False),
    Index(
        "uq_application_record_open",
        "record_id",
        unique=True,
        postgresql_where=text("is_open"),
        sqlite_where=text("is_open"),
    ),
    Index(None, "record_id"),
)

application_step = Table(
    "application_step",
    metadata,
    # Rows are only added. The step that made version 1 is the filing.
    Column("application_id", String(32), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("action", String(20), nullable=False),
    Column("from_state", String(20), nullable=True),
    Column("to_state", String(20), nullable=False),
    Column("actor", String(120), nullable=False),
    Column("reason", Text, nullable=False),
    Column("taken_on", Date, nullable=False),
    Column("taken_at", Instant, nullable=False),
    Column("detail", Text, nullable=False),
)

application_clock = Table(
    "application_clock",
    metadata,
    # One legal limit of one application. While a supplement is awaited the clock stands still and has no instant.
    Column("application_id", String(32), primary_key=True),
    Column("clock", String(20), primary_key=True),  # a name of `shared/policy/deadlines.toml`
    Column("started_on", Date, nullable=False),
    Column("stopped_on", Date, nullable=True),
    Column("resumed_on", Date, nullable=True),
    Column("due_at", Instant, nullable=True),
    *term_columns(),
    Column("ended_at", Instant, nullable=True),
    Column("kept", Boolean, nullable=True),  # whether it ended in time; null when it ceased to matter
    Column("warned_at", Instant, nullable=True),  # 临期提醒
    Column("missed_at", Instant, nullable=True),  # 超期
    Index(None, "ended_at", "due_at"),
    term_index(),
)

regrading = Table(
    "regrading",
    metadata,
    # 分级调整: the day after an approval the grade of the subject is looked at anew (常应急〔2022〕19号 art. 9).
    Column("application_id", String(32), primary_key=True),
    Column("subject_key", String(80), nullable=False),
    Column("region", String(12), nullable=False),
    Column("due_on", Date, nullable=False),
    Column("done_at", Instant, nullable=True),
    Column("done_by", String(120), nullable=True),
    Column("note", Text, nullable=True),
    Index(None, "done_at", "due_on"),
)

application_assignee = Table(
    "application_assignee",
    metadata,
    # 办理人: who has the application on the desk now. Says who does the work, never who may.
    Column("application_id", String(32), primary_key=True),
    Column("assignee", String(120), nullable=False),
    Column("assigned_by", String(120), nullable=False),
    Column("reason", Text, nullable=False),
    Column("assigned_at", Instant, nullable=False),
    Index(None, "assignee"),
)
