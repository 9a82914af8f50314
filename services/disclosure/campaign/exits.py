"""Queries of the exit list (A12): who has left for good, why, and since when. Reads; changes nothing."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Any

from sqlalchemy import Select, and_, case, exists, func, or_, select

from services.disclosure.campaign.domain.words import GROUNDS, Exit, last_shown
from services.disclosure.campaign.tables import campaign_record
from services.disclosure.domain.display import ENDED
from services.disclosure.forms.domain.buckets import Bucket, What
from services.disclosure.forms.tables import ledger_entry
from services.disclosure.tables import disclosed_record, publication
from shared.database.connection import AsyncConnection
from shared.database.engine import Database
from shared.database.types import AnyRow
from shared.vocabulary import Audience, RecordKind

SUBJECTS_A_LOOK = 2_000

_record, _shown, _listed = disclosed_record.c, publication.c, campaign_record.c
_seen, _gone = ledger_entry.alias("seen"), ledger_entry.alias("gone")
# A window that is over has ended, whether a timer was there yet or not.
_left_on = func.coalesce(_gone.c.on_day, _shown.offline_on)
_ended_by_itself = func.coalesce(_left_on == _shown.offline_on, False)
_bucket = func.coalesce(_gone.c.bucket, Bucket.EXPIRED)
_own = and_(_shown.record_id == _record.record_id, _shown.audience == Audience.OWN_COLUMN)


async def list_exits(
    connection: AsyncConnection, campaign_id: str, today: date, after: str | None, limit: int
) -> list[Exit]:
    """Listed subjects none of whose penalties is shown, or may still be shown, to anybody (A12)."""
    statement = _whole(all_exits(campaign_id, today)).where(_record.subject_key > (after or "")).limit(limit)
    return [_exit(row) for row in await connection.execute(statement)]


async def pieces_of_exits(
    database: Database, campaign_id: str, today: date, a_look: int = SUBJECTS_A_LOOK
) -> AsyncIterator[list[Exit]]:
    """All of them, in a look for every so many listed subjects: a look costs by what it reads, wherever it begins."""
    after: str | None = ""
    while after is not None:
        async with database.reading() as connection:
            until = await _key_behind(connection, campaign_id, after, a_look)
            within = _record.subject_key > after
            if until is not None:
                within = and_(within, _record.subject_key <= until)
            found = await connection.execute(_whole(all_exits(campaign_id, today)).where(within))
            exits = [_exit(row) for row in found]
        yield exits
        after = until


async def _key_behind(connection: AsyncConnection, campaign_id: str, after: str, a_look: int) -> str | None:
    """The last key of the next listed subjects; None when fewer than a look takes are left."""
    keys = select(_listed.subject_key).where(_listed.campaign_id == campaign_id, _listed.subject_key > after)
    last: str | None = await connection.scalar(
        keys.distinct().order_by(_listed.subject_key).offset(a_look - 1).limit(1)
    )
    return last


def _whole(keys: Select[Any]) -> Select[Any]:
    return keys.add_columns(
        func.max(_record.subject_name).label("subject_name"),
        func.min(_record.region).label("region"),
        func.max(_record.decided_on).label("last_decided_on"),
        func.max(case((_ended_by_itself, _left_on))).label("expired_on"),
        func.max(case((_ended_by_itself, None), else_=_left_on)).label("ended_on"),
        *(func.count().filter(_bucket == one).label(one) for one in GROUNDS),
    ).order_by(_record.subject_key)


def all_exits(campaign_id: str, today: date) -> Select[Any]:
    """The same without an end, to be counted: the keys of the subjects."""
    other, others = disclosed_record.alias("other").c, publication.alias("others").c
    # A suspended record may have no last day yet: NULL would count as over.
    is_over = or_(others.state.in_(ENDED), func.coalesce(others.offline_on <= today, False))
    unfinished = exists().where(
        other.subject_key == _record.subject_key,
        other.kind == RecordKind.PENALTY,
        others.record_id == other.record_id,
        # What waits for a person keeps its state when it is withdrawn or repaired, and is never shown again.
        ~other.withdrawn,
        ~other.repaired,
        ~is_over,
    )
    listed = select(_listed.subject_key).where(_listed.campaign_id == campaign_id)
    return (
        select(_record.subject_key)
        .join(publication, _own)
        # What nobody saw has not left: only what the ledger has as published counts.
        .join(_seen, and_(_seen.c.record_id == _record.record_id, _seen.c.what == What.PUBLISHED))
        .outerjoin(_gone, and_(_gone.c.record_id == _record.record_id, _gone.c.what == What.EXITED))
        .where(_record.kind == RecordKind.PENALTY, _record.subject_key.in_(listed), ~unfinished)
        .where(_left_on >= _seen.c.published_on)
        .group_by(_record.subject_key)
    )


def _exit(row: AnyRow) -> Exit:
    grounds = {one: getattr(row, one) for one in GROUNDS if getattr(row, one)}
    return Exit(
        row.subject_key,
        row.subject_name,
        row.region,
        sum(grounds.values()),
        grounds,
        row.last_decided_on,
        last_shown(row.expired_on, row.ended_on),
    )
