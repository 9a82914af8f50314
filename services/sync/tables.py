"""The tables that sync owns."""

from sqlalchemy import Boolean, Column, Date, Float, Index, Integer, String, Table, Text, text

from shared.database.mechanics import Identity, new_metadata
from shared.database.types import Instant

metadata = new_metadata()


def _partial_index(name: str, *columns: str, where: str) -> Index:
    """An index of the rows that timers look for several times a second: empty when there is nothing to do."""
    return Index(name, *columns, postgresql_where=text(where), sqlite_where=text(where))


content = Table(
    "content",
    metadata,
    # What the placements of one audience show; the newest that disclosure told.
    Column("record_id", String(32), primary_key=True),
    Column("audience", String(20), primary_key=True),
    Column("source_generation", Integer, nullable=False),
    Column("body", Text, nullable=False),
)

placement = Table(
    "placement",
    metadata,
    Column("record_id", String(32), primary_key=True),
    Column("portal", String(20), primary_key=True),
    Column("audience", String(20), nullable=False),
    Column("portal_key", String(200), nullable=True),
    # wanted (应公示): what the law requires. `source_generation` is the fence against older orders of disclosure;
    # `generation` grows with every order to the portal, mending included.
    Column("source_generation", Integer, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("take_down", Boolean, nullable=False),
    Column("reason", String(40), nullable=True),
    Column("closes_on", Date, nullable=True),
    Column("due_at", Instant, nullable=False),
    Column("wanted_at", Instant, nullable=False),
    Column("shown_digest", String(32), nullable=True),
    # acknowledged (已回执): the newest generation that the portal said it took.
    Column("acknowledged_generation", Integer, nullable=False),
    Column("acknowledged_at", Instant, nullable=True),
    Column("receipt", String(80), nullable=True),
    # observed (实际展示): what the last look showed, and for which generation it was as wanted.
    Column("observed", String(10), nullable=True),
    Column("observed_at", Instant, nullable=True),
    Column("observed_generation", Integer, nullable=False),
    # work: when to push and to look again, and who has it at present.
    Column("pushes", Integer, nullable=False),
    Column("next_push_at", Instant, nullable=False),
    Column("looks", Integer, nullable=False),
    Column("next_look_at", Instant, nullable=True),
    Column("mends", Integer, nullable=False),
    Column("refusal", Text, nullable=True),
    _partial_index("ix_placement_to_look_at", "portal", "next_look_at", where="next_look_at IS NOT NULL"),
    _partial_index(
        "ix_placement_to_push",
        "portal",
        "next_push_at",
        where="acknowledged_generation < generation AND refusal IS NULL",
    ),
    _partial_index("ix_placement_awaiting_receipt", "portal", "next_push_at", where="receipt IS NOT NULL"),
    Index(None, "portal", "portal_key"),
)

push_attempt = Table(
    "push_attempt",
    metadata,
    Column("attempt_id", Identity, primary_key=True, autoincrement=True),
    Column("record_id", String(32), nullable=False),
    Column("portal", String(20), nullable=False),
    Column("generation", Integer, nullable=False),
    Column("outcome", String(12), nullable=False),
    Column("code", String(40), nullable=True),
    Column("message", String(300), nullable=True),
    Column("attempted_at", Instant, nullable=False),
    Column("seconds", Float, nullable=False),
    Index(None, "record_id"),
)

observation = Table(
    "observation",
    metadata,
    Column("observation_id", Identity, primary_key=True, autoincrement=True),
    Column("record_id", String(32), nullable=False),
    Column("portal", String(20), nullable=False),
    Column("generation", Integer, nullable=False),
    Column("sight", String(10), nullable=False),
    Column("as_wanted", Boolean, nullable=False),
    Column("found_on", String(40), nullable=False),  # faces of the portal that show it: detail, search, list
    Column("differences", Text, nullable=True),
    Column("observed_at", Instant, nullable=False),
    Index(None, "record_id"),
)

reconciliation = Table(
    "reconciliation",
    metadata,
    Column("run_id", String(32), primary_key=True),
    Column("portal", String(20), nullable=False),
    Column("state", String(20), nullable=False),  # requested | scanning | mended | awaiting_approval | incomplete
    Column("requested_at", Instant, nullable=False),
    Column("started_at", Instant, nullable=True),
    Column("finished_at", Instant, nullable=True),
    Column("listed", Integer, nullable=False),
    Column("drifts", Integer, nullable=False),
    Column("explanation", Text, nullable=True),
    Index(None, "portal", "state"),
)

scan_entry = Table(
    "scan_entry",
    metadata,
    Column("entry_id", Identity, primary_key=True, autoincrement=True),
    Column("run_id", String(32), nullable=False),
    Column("portal_key", String(200), nullable=False),
    Column("shown_digest", String(32), nullable=False),
    Index(None, "run_id", "portal_key"),
)

drift = Table(
    "drift",
    metadata,
    Column("drift_id", String(32), primary_key=True),
    Column("run_id", String(32), nullable=False),
    Column("portal", String(20), nullable=False),
    Column("portal_key", String(200), nullable=False),
    Column("record_id", String(32), nullable=True),
    Column("kind", String(12), nullable=False),
    Column("differences", Text, nullable=True),
    Column("found_at", Instant, nullable=False),
    Column("mend_ordered_at", Instant, nullable=True),
    # set when a look saw the record as wanted; for double and foreign entries, when a complete scan no longer did
    Column("mended_at", Instant, nullable=True),
    Index(None, "record_id", "portal"),
    Index(None, "run_id"),
    _partial_index("ix_drift_open", "portal", "kind", where="mended_at IS NULL"),
)

watermark = Table(
    "watermark",
    metadata,
    # verified_through (已核实至): moves only over complete scans (guarantee G07).
    Column("portal", String(20), primary_key=True),
    Column("verified_through", Instant, nullable=False),
    Column("run_id", String(32), nullable=False),
)
