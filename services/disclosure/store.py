"""Queries of disclosure: one statement for all records of a message."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, case, func, select, text, update

from services.disclosure import register
from services.disclosure.domain.display import WAITING, PublicationState
from services.disclosure.domain.facts import facts_text
from services.disclosure.domain.keys import document_key, name_key
from services.disclosure.metrics import TAKEN_DOWN
from services.disclosure.tables import disclosed_record, explained_publication, foreseen_end, foresees, publication
from shared.clock import legal_date
from shared.contracts.events import RecordAdmitted, RecordAmended
from shared.database.connection import AsyncConnection
from shared.database.types import AnyRow
from shared.database.upsert import insert_for, upsert
from shared.messaging.unit_of_work import UnitOfWork
from shared.policy import Facts
from shared.vocabulary import Audience, TakeDownReason

# A row lock cannot hold back a record that is not there yet: its withdrawal and its admission would pass each other.
_LOCK = text(
    "SELECT pg_advisory_xact_lock(hashtextextended('disclosure ' || id, 0)) FROM unnest(CAST(:ids AS text[])) id"
)


@dataclass(frozen=True)
class KnownRecord:
    """What must be known of a record before it is judged anew."""

    source_generation: int
    withdrawn: bool
    repaired: bool

    @property
    def ended_by(self) -> TakeDownReason | None:
        """What ended its display for good."""
        if self.withdrawn:
            return TakeDownReason.DECISION_WITHDRAWN
        return TakeDownReason.REPAIR_APPROVED if self.repaired else None


@dataclass(frozen=True)
class TakenDown:
    """A publication that has just gone offline, with its new generation."""

    record_id: str
    audience: Audience
    generation: int
    offline_on: date | None


async def lock_records(work: UnitOfWork, record_ids: Iterable[str]) -> None:
    """Let two messages about the same record queue up, also about one that is not known yet. On SQLite writers do."""
    if work.dialect == "postgresql":
        await work.connection.execute(_LOCK, {"ids": sorted(record_ids)})


async def find_records(work: UnitOfWork, record_ids: Iterable[str]) -> dict[str, KnownRecord]:
    columns = disclosed_record.c
    statement = select(columns.record_id, columns.source_generation, columns.withdrawn, columns.repaired).where(
        columns.record_id.in_(list(record_ids))
    )
    return {
        row.record_id: KnownRecord(row.source_generation, row.withdrawn, row.repaired)
        for row in await work.connection.execute(statement)
    }


async def store_records(
    work: UnitOfWork, told: Sequence[RecordAdmitted | RecordAmended], facts: Mapping[str, Facts], law_revision: int
) -> None:
    if not told:
        return
    rows = [
        {
            "record_id": event.record_id,
            "source_generation": event.generation,
            "kind": event.record.kind,
            "region": event.record.region,
            "subject_kind": event.record.subject.kind,
            "subject_key": event.record.subject.key,
            "subject_name": event.record.subject.name,
            "name_key": name_key(event.record.subject.name),
            "document_key": document_key(event.record.document_number),
            "decided_on": event.record.decided_on,
            "first_submitted_on": event.first_submitted_on,
            "withdrawn": False,
            "repaired": False,
            "body": event.record.model_dump_json(),
            "facts": facts_text(facts[event.record_id]),
            "evaluated_on": legal_date(work.now),
            "law_revision": law_revision,
        }
        for event in sorted(told, key=lambda event: event.record_id)
    ]
    statement = upsert(work.dialect, disclosed_record, keys=("record_id",), keep=("withdrawn", "repaired"))
    await work.connection.execute(statement, rows)


async def mark_withdrawn(work: UnitOfWork, generations: Mapping[str, int]) -> None:
    """Record id to the generation of the withdrawal. A record that has not arrived yet meets this row when it does."""
    statement = insert_for(work.dialect, disclosed_record)
    newer = case(
        (
            disclosed_record.c.source_generation < statement.excluded.source_generation,
            statement.excluded.source_generation,
        ),
        else_=disclosed_record.c.source_generation,
    )
    statement = statement.on_conflict_do_update(
        index_elements=["record_id"], set_={"withdrawn": True, "source_generation": newer}
    )
    rows = [
        {"record_id": record_id, "source_generation": generation, "withdrawn": True, "repaired": False}
        for record_id, generation in sorted(generations.items())
    ]
    await work.connection.execute(statement, rows)


async def mark_repaired(work: UnitOfWork, record_ids: Collection[str]) -> None:
    """As with a withdrawal, a record that has not arrived yet meets this row when it does."""
    statement = insert_for(work.dialect, disclosed_record).on_conflict_do_update(
        index_elements=["record_id"], set_={"repaired": True}
    )
    rows = [
        {"record_id": record_id, "source_generation": 0, "withdrawn": False, "repaired": True}
        for record_id in sorted(record_ids)
    ]
    await work.connection.execute(statement, rows)


async def unmark_repaired(work: UnitOfWork, record_ids: Collection[str]) -> None:
    """The repair of these records was revoked."""
    which = disclosed_record.c.record_id.in_(record_ids)
    await work.connection.execute(update(disclosed_record).where(which).values(repaired=False))


async def find_facts(work: UnitOfWork, record_ids: Collection[str]) -> dict[str, str]:
    """The facts by which these records were judged last, as they are stored."""
    columns = disclosed_record.c
    statement = select(columns.record_id, columns.facts).where(
        columns.record_id.in_(record_ids), columns.facts.is_not(None)
    )
    return {row.record_id: row.facts for row in await work.connection.execute(statement)}


async def take_down(work: UnitOfWork, record_ids: Collection[str], reason: TakeDownReason) -> list[TakenDown]:
    """Everything of these records that is still online goes offline."""
    return await go_offline(work, publication.c.record_id.in_(record_ids), reason)


async def end_waiting(work: UnitOfWork, record_ids: Collection[str], reason: TakeDownReason) -> None:
    """What waits for a person waits no more. Nothing is ordered, as no portal shows it; what had been on the column
    before it was suspended leaves the ledger."""
    columns = publication.c
    statement = (
        update(publication)
        .where(columns.record_id.in_(record_ids), columns.state.in_(WAITING))
        .values(state=PublicationState.OFFLINE, reason=reason, changed_at=work.now)
        .returning(columns.record_id, columns.audience)
    )
    rows = (await work.connection.execute(statement)).all()
    await register.leave(work, [row.record_id for row in rows if row.audience == Audience.OWN_COLUMN])


async def take_down_overdue(work: UnitOfWork, record_ids: Collection[str], today: date) -> list[TakenDown]:
    """What of these records may not be shown today goes offline; an audience whose window still runs keeps it."""
    which = publication.c.record_id.in_(record_ids) & (publication.c.offline_on <= today)
    return await go_offline(work, which, TakeDownReason.WINDOW_EXPIRED)


async def count_overdue(work: UnitOfWork, today: date, most: int) -> int:
    """How many are online and may not be shown today. Stops at `most`: a look before each slice must stay cheap."""
    found = select(publication.c.record_id).where(overdue(today)).limit(most).subquery()
    return await work.connection.scalar(select(func.count()).select_from(found)) or 0


def overdue(today: date) -> ColumnElement[bool]:
    """Online, and not to be shown today."""
    return and_(publication.c.state == PublicationState.ONLINE, publication.c.offline_on <= today)


async def go_offline(work: UnitOfWork, which: ColumnElement[bool], reason: TakeDownReason) -> list[TakenDown]:
    """End display of everything that is online and meant; the caller tells of it."""
    # Wrapped, so that no planner takes the index on the state: each repair would then read everything that is online.
    still_online = case((publication.c.state == PublicationState.ONLINE, 1), else_=0) == 1
    statement = (
        update(publication)
        .where(still_online, which)
        .values(
            state=PublicationState.OFFLINE,
            reason=reason,
            due_at=None,
            due_deadline=None,
            due_from=None,
            due_provisional=False,
            generation=publication.c.generation + 1,
            changed_at=work.now,
        )
        .returning(publication.c.record_id, publication.c.audience, publication.c.generation, publication.c.offline_on)
    )
    rows = (await work.connection.execute(statement)).all()
    await register.leave(work, [row.record_id for row in rows if row.audience == Audience.OWN_COLUMN])
    TAKEN_DOWN.labels(reason).inc(len(rows))
    return [TakenDown(row.record_id, Audience(row.audience), row.generation, row.offline_on) for row in rows]


async def read_publications(connection: AsyncConnection, record_id: str) -> Sequence[AnyRow]:
    statement = (
        explained_publication.add_columns(foreseen_end.c.ends_on.label("foreseen_end_on"))
        .outerjoin(foreseen_end, foresees)
        .where(publication.c.record_id == record_id)
        .order_by(publication.c.audience)
    )
    return (await connection.execute(statement)).all()


async def count_publications(connection: AsyncConnection) -> Sequence[AnyRow]:
    columns = publication.c
    statement = select(columns.audience, columns.state, func.count().label("number")).group_by(
        columns.audience, columns.state
    )
    return (await connection.execute(statement)).all()


async def count_expiring(connection: AsyncConnection, by: date) -> dict[str, int]:
    """Also by a version of the law that begins until then."""
    columns = publication.c
    online = select(columns.audience, func.count().label("number")).where(columns.state == PublicationState.ONLINE)
    foreseen = online.join(foreseen_end, foresees).where(foreseen_end.c.ends_on <= by, columns.offline_on > by)
    counts: Counter[str] = Counter()
    for statement in (online.where(columns.offline_on <= by), foreseen):
        rows = await connection.execute(statement.group_by(columns.audience))
        counts.update({row.audience: row.number for row in rows})
    return counts
