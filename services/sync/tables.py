"""The tables that sync owns."""

from sqlalchemy import BigInteger, Boolean, Column, Date, Float, Index, Integer, String, Table, Text, false, text

from shared.calendars.tables import calendar_years, term_columns, term_index
from shared.database.mechanics import Identity, new_metadata
from shared.database.types import Instant

metadata = new_metadata()

calendar_year = calendar_years(metadata)


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

_PROBLEM = "refusal IS NOT NULL OR (mends >= 3 AND observed_generation < generation)"

placement = Table(
    "placement",
    metadata,
    Column("record_id", String(32), primary_key=True),
    Column("portal", String(20), primary_key=True),
    Column("audience", String(20), nullable=False),
    # 旧条目: the record whose entry this was, under a key that an amendment replaced; `record_id` is then its own.
    Column("former_of", String(32), nullable=True),
    Column("portal_key", String(200), nullable=True),
    # wanted (应公示): what the law requires. `source_generation` is the fence against older orders of disclosure;
    # `generation` grows with every order to the portal, mending included.
    Column("source_generation", Integer, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("take_down", Boolean, nullable=False),
    Column("reason", String(40), nullable=True),
    Column("closes_on", Date, nullable=True),
    Column("opens_on", Date, nullable=True),
    # What a reconciliation of a part goes by: the division of the record and its kind.
    Column("district", String(12), nullable=True),
    Column("kind", String(12), nullable=True),
    # Its part in the digests that the other side keeps too (`buckets/`), while it is wanted online.
    Column("bucket", Integer, nullable=True),
    Column("entry_digest", BigInteger, nullable=True),
    Column("due_at", Instant, nullable=False),
    *term_columns(),
    Column("wanted_at", Instant, nullable=False),
    Column("shown_digest", String(32), nullable=True),
    # acknowledged (已回执): the newest generation that the portal said it took.
    Column("acknowledged_generation", Integer, nullable=False),
    Column("acknowledged_at", Instant, nullable=True),
    # A receipt that is to come (待回执): when to ask for it next, how often it was asked for, when it is overdue.
    Column("receipt", String(80), nullable=True),
    Column("next_receipt_at", Instant, nullable=True),
    Column("receipt_asks", Integer, nullable=False, server_default="0"),
    Column("receipt_due_at", Instant, nullable=True),
    # 办理阶段: how far a form has come while its receipt is awaited, and the last day of the next stage.
    Column("filing_stage", String(12), nullable=True),
    Column("filing_since", Date, nullable=True),
    Column("filing_expected_on", Date, nullable=True),
    Column("filing_provisional", Boolean, nullable=False, server_default=false()),
    # observed (实际展示): what the last look showed, and for which generation it was as wanted.
    Column("observed", String(10), nullable=True),
    Column("observed_at", Instant, nullable=True),
    Column("observed_generation", Integer, nullable=False),
    # The first look since the newest order that was as wanted; the cache life later another one has to agree.
    Column("agreed_generation", Integer, nullable=False, server_default="0"),
    Column("agreed_at", Instant, nullable=True),
    # work: when to push and to look again, and who has it at present.
    Column("pushes", Integer, nullable=False),
    Column("next_push_at", Instant, nullable=False),
    Column("looks", Integer, nullable=False),
    Column("next_look_at", Instant, nullable=True),
    Column("mends", Integer, nullable=False),
    Column("refusal", Text, nullable=True),
    Column("refusal_code", String(40), nullable=True),
    # 订正后的内容: what an operator sends this portal in place of the content, until a newer order comes.
    Column("amended_body", Text, nullable=True),
    _partial_index("ix_placement_to_look_at", "portal", "next_look_at", where="next_look_at IS NOT NULL"),
    # In the order in which a claim takes them: the earliest legal deadline of each lane first (guarantee G09).
    _partial_index(
        "ix_placement_to_push",
        "portal",
        "take_down",
        "due_at",
        where="acknowledged_generation < generation AND refusal IS NULL AND receipt IS NULL AND next_look_at IS NULL",
    ),
    _partial_index("ix_placement_awaiting_receipt", "portal", "next_receipt_at", where="receipt IS NOT NULL"),
    _partial_index(
        "ix_placement_filing", "portal", "filing_expected_on", where="receipt IS NOT NULL AND filing_stage IS NOT NULL"
    ),
    term_index(),
    _partial_index("ix_placement_problem", "portal", "record_id", where=_PROBLEM),
    # In the order of the lists that operators read: a page is walked and not sorted (`watch/worst_first.py`).
    _partial_index("ix_placement_failed", "portal", "take_down", "due_at", "record_id", where=_PROBLEM),
    _partial_index(
        "ix_placement_open", "portal", "take_down", "due_at", "record_id", where="observed_generation < generation"
    ),
    _partial_index("ix_placement_former", "former_of", "portal", where="former_of IS NOT NULL"),
    Index(None, "portal", "portal_key"),
)

IS_A_PROBLEM = text(f"({_PROBLEM})")
"""An order that waits for a person: refused, set aside, or taken and not obeyed after every repetition.

The very text of the index, so that both databases use it.
"""

portal_channel = Table(
    "portal_channel",
    metadata,
    # 通道: breaker and budget of one portal, shared by all its workers (`domain/channel.py`).
    Column("portal", String(20), primary_key=True),
    Column("tokens", Float, nullable=False),
    Column("refilled_at", Instant, nullable=False),
    Column("breaker", String(10), nullable=False),
    Column("failures", Integer, nullable=False),
    Column("probe_at", Instant, nullable=True),
    Column("reason", String(300), nullable=True),
    Column("since", Instant, nullable=True),
    Column("stopped_by", String(300), nullable=True),
    # What the last probe found to be otherwise than the adapter knows it (哨兵).
    Column("contract_faults", String(300), nullable=True),
    # The share of reading: looks, receipts, listings; and until when the portal asked not to be read.
    Column("read_tokens", Float, nullable=False, server_default="0"),
    Column("reads_resume_at", Instant, nullable=True),
)

_FAILED = "outcome IN ('refused', 'uncertain', 'not_sent')"

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
    # Which way the order went; unknown when another order had come before the answer.
    Column("take_down", Boolean, nullable=True),
    Index(None, "record_id"),
    Index("ix_push_attempt_newest", "portal", "attempted_at"),
    Index("ix_push_attempt_at", "attempted_at"),
    _partial_index("ix_push_attempt_failed", "attempted_at", where=_FAILED),
)

IS_A_FAILURE = text(_FAILED)
"""An attempt that was not taken; the very text of the index, so that both databases use it."""

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

_WAITING = text("state = 'waiting'")

reconciliation = Table(
    "reconciliation",
    metadata,
    Column("run_id", String(32), primary_key=True),
    Column("portal", String(20), nullable=False),
    # The scope: everything on the portal when both are empty.
    Column("district", String(12), nullable=False, server_default=""),
    Column("kind", String(12), nullable=False, server_default=""),
    Column("mode", String(8), nullable=False, server_default="mend"),  # mend | plan
    Column("method", String(8), nullable=False, server_default="listing"),  # listing | digests
    # requested | waiting | scanning | mended | planned | awaiting_approval | incomplete | given_up
    Column("state", String(20), nullable=False),
    Column("requested_at", Instant, nullable=False),
    Column("requested_by", String(120), nullable=True),
    Column("started_at", Instant, nullable=True),
    Column("finished_at", Instant, nullable=True),
    # While it goes on: who works on it and until when, and how far the listing is stored.
    Column("attempt", Integer, nullable=False, server_default="0"),
    Column("lease_until", Instant, nullable=True),
    Column("settled_before", Instant, nullable=True),
    Column("checkpoint", Text, nullable=True),
    Column("listed", Integer, nullable=False),
    Column("drifts", Integer, nullable=False),
    Column("held", Integer, nullable=False, server_default="0"),
    # 暂不判定: entries that differ and were not judged, and how many of these wait for the portal's answer.
    Column("unsettled", Integer, nullable=False, server_default="0"),
    Column("unanswered", Integer, nullable=False, server_default="0"),
    Column("explanation", Text, nullable=True),
    # 等候: what holds reading, when it is tried again, and how long the run waits at most.
    Column("waits_for", String(12), nullable=True),
    Column("waits_until", Instant, nullable=True),
    Column("patience_ends_at", Instant, nullable=True),
    Index(None, "portal", "state"),
    # One of a portal, scope and wish waits at a time, however many ask at once.
    Index(
        "uq_reconciliation_waiting",
        "portal",
        "district",
        "kind",
        "mode",
        "method",
        unique=True,
        postgresql_where=_WAITING,
        sqlite_where=_WAITING,
    ),
)

scan_entry = Table(
    "scan_entry",
    metadata,
    # Each key once: the key itself tells what is listed twice, and nobody counts a million of them. It stands first,
    # because two entries of one run are told apart by it.
    Column("portal_key", String(200), primary_key=True),
    Column("run_id", String(32), primary_key=True),
    Column("shown_digest", String(32), nullable=False),
    # Set when it was listed more than once: whether on one page.
    Column("doubled", Boolean, nullable=True),
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
    # Evidence that outlives the mend: which order it was, what the look saw, on which faces, and its digest.
    Column("generation", Integer, nullable=True),
    Column("seen", String(10), nullable=True),
    Column("found_on", String(40), nullable=True),
    Column("wanted_digest", String(32), nullable=True),
    Column("seen_digest", String(32), nullable=True),
    Column("confirmed", Boolean, nullable=False, server_default=text("true")),  # by a look of its own
    Column("held", Boolean, nullable=False, server_default=text("false")),  # left to people; nothing mends it by itself
    Column("flapping", Boolean, nullable=False, server_default=text("false")),  # came back again and again
    Column("found_at", Instant, nullable=False),
    Column("mend_ordered_at", Instant, nullable=True),
    # set when a look saw the record as wanted; for double and foreign entries, when a complete scan no longer did
    Column("mended_at", Instant, nullable=True),
    Index(None, "record_id", "portal"),
    Index(None, "run_id"),
    Index(None, "found_at"),
    _partial_index("ix_drift_open", "portal", "kind", where="mended_at IS NULL"),
)

watermark = Table(
    "watermark",
    metadata,
    # verified_through (已核实至): moves only over complete scans (guarantee G07).
    Column("portal", String(20), primary_key=True),
    Column("district", String(12), primary_key=True),  # empty: all of them
    Column("kind", String(12), primary_key=True),  # empty: all of them
    Column("verified_through", Instant, nullable=False),
    Column("run_id", String(32), nullable=False),
)
