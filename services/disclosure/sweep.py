"""End what is over (公示期满), a slice at a time: rows, orders and what the audit log keeps, in the database itself.

On PostgreSQL one statement takes, ends, numbers and tells a slice, so that neither time nor memory of this process
grows with what is due; SQLite, whose statements change one table, does it in three. The text of an order is made by its
contract, with marks where two orders differ. Waits a moment for a row that somebody else holds, and passes by the next
time. Serves G04.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import ARRAY, Date, Text, bindparam, select, text, tuple_

from services.disclosure import store
from services.disclosure.forms.domain.buckets import BUCKETS, What
from services.disclosure.metrics import TAKEN_DOWN
from services.disclosure.tables import publication
from shared.clock import start_of_legal_day
from shared.contracts.envelope import Written, encode_written
from shared.contracts.events import PublicationOffline
from shared.database.patience import unless_held
from shared.database.types import Instant
from shared.evidence.entry import Effect, effect_of
from shared.ids import new_id
from shared.messaging.unit_of_work import EVENTS_A_MESSAGE, UnitOfWork
from shared.vocabulary import Audience, TakeDownReason

_EVENT, _RECORD, _AUDIENCE = "@event@", "@record@", Audience.OWN_COLUMN.value
_PATIENCE_MS = 50
"""A slice that waits holds what it has changed, so others would soon wait for it in turn."""
_GENERATION, _OFFLINE_ON, _DUE_AT = 1_000_000_007, date(1900, 1, 1), datetime(1901, 1, 1, tzinfo=UTC)


async def end_overdue(work: UnitOfWork, today: date, at_once: int, patience_ms: int = _PATIENCE_MS) -> Effect:
    """Take down at most `at_once` of what is online and may not be shown today, but for what somebody else holds
    longer than `patience_ms`.

    The effect is fixed by one line a publication, `record audience generation`, in the order of the code points.
    """
    if work.dialect == "postgresql":
        return await _in_one_statement(work, today, at_once, patience_ms)
    due = (
        select(publication.c.record_id, publication.c.audience)
        .where(store.overdue(today))
        .order_by(publication.c.offline_on)
        .limit(at_once)
    )
    taken = await store.go_offline(
        work, tuple_(publication.c.record_id, publication.c.audience).in_(due), TakeDownReason.WINDOW_EXPIRED
    )
    taken.sort(key=lambda one: (one.record_id, one.audience))
    pieces = _pieces(_data_text())
    work.tell_written(*(Written(PublicationOffline, one.record_id, _filled(pieces, one).encode()) for one in taken))
    return effect_of(f"{one.record_id} {one.audience} {one.generation}" for one in taken)


async def _in_one_statement(work: UnitOfWork, today: date, at_once: int, patience_ms: int) -> Effect:
    form = encode_written(
        [Written(PublicationOffline, _RECORD, _data_text().encode())], [_EVENT], work.source, work.now
    )
    pieces = _pieces(form.decode().removeprefix("[").removesuffix("]"))
    given = {
        "today": today,
        "now": work.now,
        "reason": TakeDownReason.WINDOW_EXPIRED.value,
        "type": PublicationOffline.TYPE,
        "published": What.PUBLISHED.value,
        "exited": What.EXITED.value,
        "bucket": BUCKETS[TakeDownReason.WINDOW_EXPIRED].value,
        "slice_id": new_id(),
        "message_ids": [new_id() for _ in range(0, at_once, EVENTS_A_MESSAGE)],
    }
    given |= {f"piece_{place}": piece for place, piece in enumerate(pieces) if piece not in _COLUMNS}
    rows = await unless_held(work.connection, _statement(pieces, at_once, ""), given, patience_ms)
    if rows is None:
        rows = (await work.connection.execute(_statement(pieces, at_once, _PASSING_BY), given)).all()
    [row] = rows
    work.told_by_statement(row.number)
    TAKEN_DOWN.labels(TakeDownReason.WINDOW_EXPIRED).inc(row.number)
    return Effect(row.number, row.digest) if row.number else Effect()


_DAY = "to_char({0}, 'YYYY-MM-DD')"
_MIDNIGHT = (
    "to_char(CAST({0} AS timestamp) AT TIME ZONE 'Asia/Shanghai' AT TIME ZONE 'UTC',"
    r""" 'YYYY-MM-DD"T"HH24\:MI\:SS"Z"')"""
)


def _written_once(name: str, text_of: str) -> str:
    """The text of a day, which is made once for the first day of a slice: most of a slice ends on it."""
    on_another = text_of.format("offline_on")
    return (
        f"CASE WHEN offline_on = (SELECT day FROM first) THEN (SELECT {name} FROM first)"  # noqa: S608 - names are ours
        f" ELSE {on_another} END"
    )


_COLUMNS: Mapping[str, str] = {
    _EVENT: ":slice_id || '-' || place",
    _RECORD: "record_id",
    _AUDIENCE: "audience",
    str(_GENERATION): "generation",
    _OFFLINE_ON.isoformat(): _written_once("day_text", _DAY),
    "1901-01-01T00:00:00Z": _written_once("midnight_text", _MIDNIGHT),
}
"""What stands in place of each mark, in the words of PostgreSQL. None of it may be empty: `||` would lose the order."""

_FILLERS: Mapping[str, Callable[[store.TakenDown], str]] = {
    _RECORD: lambda one: one.record_id,
    _AUDIENCE: lambda one: one.audience,
    str(_GENERATION): lambda one: str(one.generation),
    _OFFLINE_ON.isoformat(): lambda one: str(one.offline_on),
    "1901-01-01T00:00:00Z": lambda one: _instant(one.offline_on),
}
"""The same here, for SQLite."""

_MARKS = re.compile("(" + "|".join(map(re.escape, _COLUMNS)) + ")")

# The slice is found and changed by its places in the table (`ctid`): no planner can make a walk through the whole
# table of it, as it does of a join. A row that somebody changed in the same moment is judged by what it is now, or left
# for the next slice; the condition is wrapped, so that the index on the state finds rows once and not twice. The ledger
# is kept as `register.leave` keeps it, the search index by `column.tidy` afterwards. An entry is looked up by its key,
# however many rows are expected (`LIMIT`), and `exited`, which sorts first, keeps a record from being entered twice:
# nobody enters it meanwhile, as its window must have ended for that.
_SWEEP = """
WITH gone AS (
    UPDATE publication SET state = 'offline', reason = :reason, generation = generation + 1, changed_at = :now,
        due_at = NULL, due_deadline = NULL, due_from = NULL, due_provisional = false
    WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM publication WHERE state = 'online' AND offline_on <= :today
        ORDER BY offline_on LIMIT {at_once}{passing_by}))
        AND CASE WHEN state = 'online' THEN offline_on END <= :today
    RETURNING record_id, audience, generation, offline_on
), first AS (
    SELECT min(offline_on) AS day, {day} AS day_text, {midnight} AS midnight_text FROM gone
), placed AS (
    SELECT record_id COLLATE "C" AS record_id, audience COLLATE "C" AS audience, generation, offline_on,
        row_number() OVER (ORDER BY record_id COLLATE "C", audience COLLATE "C") - 1 AS place
    FROM gone
), entered AS (
    INSERT INTO ledger_entry
        (record_id, what, subject_key, region, decided_on, published_on, on_day, bucket, written_at)
    SELECT gone.record_id, :exited, entry.subject_key, entry.region, entry.decided_on, entry.published_on,
        gone.offline_on, :bucket, :now
    FROM gone CROSS JOIN LATERAL (
        SELECT * FROM ledger_entry WHERE record_id = gone.record_id ORDER BY what LIMIT 1) AS entry
    WHERE gone.audience = 'own_column' AND entry.what = :published
), told AS (
    INSERT INTO outbox (message_id, type, routing_key, events, body, stored_at)
    SELECT (:message_ids)[1 + place / {a_message}], :type, :type, count(*),
        convert_to('[' || string_agg({event}, ',') || ']', 'UTF8'), :now
    FROM placed GROUP BY place / {a_message}
)
SELECT count(*) AS number,
    encode(sha256(convert_to(string_agg(record_id || ' ' || audience || ' ' || generation, chr(10)
        ORDER BY record_id, audience), 'UTF8')), 'hex') AS digest
FROM placed
"""
_PASSING_BY = " FOR NO KEY UPDATE SKIP LOCKED"
"""To lock each row before it is changed costs a twentieth of a slice: only when somebody holds one for long."""


def _statement(pieces: list[str], at_once: int, passing_by: str) -> Any:
    written = _SWEEP.format(
        at_once=int(at_once),
        passing_by=passing_by,
        a_message=EVENTS_A_MESSAGE,
        day=_DAY.format("min(offline_on)"),
        midnight=_MIDNIGHT.format("min(offline_on)"),
        event=" || ".join(_COLUMNS.get(piece, f":piece_{place}") for place, piece in enumerate(pieces)),
    )
    texts = [f"piece_{place}" for place, piece in enumerate(pieces) if piece not in _COLUMNS]
    return text(written).bindparams(
        bindparam("today", type_=Date),
        bindparam("now", type_=Instant),
        bindparam("message_ids", type_=ARRAY(Text)),
        *(bindparam(name, type_=Text) for name in (*_TEXTS, *texts)),
    )


_TEXTS = ("reason", "type", "published", "exited", "bucket", "slice_id")


def _data_text() -> str:
    """An order as its contract writes it, with marks."""
    marked = PublicationOffline.model_construct(
        record_id=_RECORD,
        audience=Audience(_AUDIENCE),
        generation=_GENERATION,
        reason=TakeDownReason.WINDOW_EXPIRED,
        offline_on=_OFFLINE_ON,
        due_at=_DUE_AT,
    )
    return marked.model_dump_json()


def _pieces(written: str) -> list[str]:
    """The text cut at its marks, which stay in as pieces of their own."""
    return [piece for piece in _MARKS.split(written) if piece]


def _filled(pieces: list[str], one: store.TakenDown) -> str:
    return "".join([_FILLERS[piece](one) if piece in _FILLERS else piece for piece in pieces])


def _instant(day: date | None) -> str:
    return "" if day is None else start_of_legal_day(day).isoformat().replace("+00:00", "Z")
