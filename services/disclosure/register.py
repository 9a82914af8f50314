"""Keeps what follows from the own column's state: the ledger (台账) and the search index of the public column.

Every change of a publication passes here, in its transaction (guarantees G04 and G16). It derives both from the state
that stands, so calling it again changes nothing. The unit is a record on the bureau's own column; natural persons are
on it only where the packs mask them (R11), and only penalties (失信信息) of organisations are counted.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Date, Select, String, and_, case, delete, func, insert, literal, or_, select

from services.disclosure.column.tables import column_entry
from services.disclosure.domain.display import ENDED, PublicationState
from services.disclosure.forms.domain.buckets import BUCKETS, Bucket, What
from services.disclosure.forms.tables import ledger_entry
from services.disclosure.tables import disclosed_record, publication
from shared.clock import legal_date
from shared.database.among import among
from shared.database.types import Instant
from shared.database.upsert import insert_new
from shared.messaging.unit_of_work import UnitOfWork
from shared.vocabulary import Audience, RecordKind, SubjectKind, TakeDownReason

_KEYS_A_STATEMENT = 5_000  # SQLite takes 32,766 parameters, PostgreSQL's protocol 32,767

_record, _shown = disclosed_record.c, publication.c
_together = and_(_shown.record_id == _record.record_id, _shown.audience == Audience.OWN_COLUMN)
_is_person = _record.subject_kind == SubjectKind.NATURAL_PERSON
_listed = and_(_shown.state == PublicationState.ONLINE, or_(~_is_person, _shown.masked))
_counted = and_(_shown.state == PublicationState.ONLINE, ~_is_person, _record.kind == RecordKind.PENALTY)
_HIDDEN_KEYS = frozenset({"name_key", "subject_key"})
"""By which nobody finds a person (R11): what is masked must not be guessed by asking."""


async def keep(work: UnitOfWork, left_on: Mapping[str, date]) -> None:
    """Bring index and ledger to the state of these records, whatever changed; with the day on which each left."""
    for chunk in _chunks(sorted(left_on)):
        await _leave_index(work, chunk)
        await work.connection.execute(_enter_index(work, chunk))
        await work.connection.execute(_published(work, chunk))
    by_day: dict[date, list[str]] = defaultdict(list)  # today, and the days on which a sweep was late
    for record_id in sorted(left_on):
        by_day[left_on[record_id]].append(record_id)
    for day, record_ids in by_day.items():
        for chunk in _chunks(record_ids):
            await work.connection.execute(_exited(work, chunk, literal(day, Date)))


async def leave(work: UnitOfWork, record_ids: Sequence[str]) -> None:
    """The same for records that have just left the column, their windows being as they were."""
    today = legal_date(work.now)
    day = case((_was_over(today), _shown.offline_on), else_=literal(today, Date))
    for chunk in _chunks(record_ids):
        await _leave_index(work, chunk)
        await work.connection.execute(_exited(work, chunk, day))


def _chunks(record_ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (record_ids[at : at + _KEYS_A_STATEMENT] for at in range(0, len(record_ids), _KEYS_A_STATEMENT))


async def _leave_index(work: UnitOfWork, record_ids: Sequence[str]) -> None:
    await work.connection.execute(delete(column_entry).where(among(work.dialect, column_entry.c.record_id, record_ids)))


def _enter_index(work: UnitOfWork, record_ids: Sequence[str]) -> Any:
    columns = [_searched(name) for name in column_entry.c.keys()]  # noqa: SIM118 - a collection of columns is no dict
    rows = (
        select(*columns).join(publication, _together).where(_listed, among(work.dialect, _record.record_id, record_ids))
    )
    return insert(column_entry).from_select(column_entry.c.keys(), rows)


def _searched(name: str) -> ColumnElement[Any]:
    column: ColumnElement[Any] = _record[name]
    return case((_is_person, ""), else_=column).label(name) if name in _HIDDEN_KEYS else column


def _published(work: UnitOfWork, record_ids: Sequence[str]) -> Any:
    today = legal_date(work.now)
    first_day = case((_shown.opens_on > today, _shown.opens_on), else_=literal(today, Date))
    rows = (
        _entry(work, What.PUBLISHED, disclosed_record, first_day, first_day, literal(None, String))
        .join(publication, _together)
        .where(_counted, among(work.dialect, _record.record_id, record_ids))
    )
    return insert_new(work.dialect, ledger_entry).from_select(ledger_entry.c.keys(), rows)


def _was_over(today: date) -> ColumnElement[bool]:
    return func.coalesce(_shown.offline_on <= today, False)


def _exited(work: UnitOfWork, record_ids: Sequence[str], day: ColumnElement[date]) -> Any:
    """A record whose window was over has left on that day, even when something else took it down later.

    One that only waits for a person has not left: it may be shown again, and whatever ends it then is what counts.
    """
    bucket = case(
        (_was_over(legal_date(work.now)), BUCKETS[TakeDownReason.WINDOW_EXPIRED]),
        *((_shown.reason == reason, name) for reason, name in BUCKETS.items()),
        (_shown.state == PublicationState.EXEMPT, Bucket.RULE),
    )
    entered = ledger_entry.c
    rows = (
        _entry(work, What.EXITED, ledger_entry, entered.published_on, day, bucket)
        .join(publication, and_(_shown.record_id == entered.record_id, _shown.audience == Audience.OWN_COLUMN))
        .where(
            entered.what == What.PUBLISHED,
            # Wrapped: a planner that believes that hardly anything is offline would begin with all that is.
            case((_shown.state.in_(ENDED), 1), else_=0) == 1,
            among(work.dialect, entered.record_id, record_ids),
        )
    )
    return insert_new(work.dialect, ledger_entry).from_select(ledger_entry.c.keys(), rows)


def _entry(
    work: UnitOfWork, what: What, source: Any, published_on: Any, on_day: Any, bucket: ColumnElement[Any]
) -> Select[Any]:
    """The columns of the ledger in their order."""
    return select(
        source.c.record_id,
        literal(what, String),
        source.c.subject_key,
        source.c.region,
        source.c.decided_on,
        published_on,
        on_day,
        bucket,
        literal(work.now, Instant),
    )
