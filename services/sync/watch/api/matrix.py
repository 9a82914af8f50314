"""`/v1/matrix`: records against all portals, what is not as wanted first; and how many there are of each state."""

from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from services.sync.api.views import Desk, Reader
from services.sync.watch import store
from services.sync.watch.domain.state import NOT_AS_WANTED, WORST_FIRST, State
from services.sync.watch.worst_first import Position, worst_first
from shared.database.types import AnyRow
from shared.errors import MALFORMED, Problem
from shared.vocabulary import DriftKind, Portal
from shared.web.pagination import Paged, encoded
from shared.web.totals import Counted, CountedPage, total_of

router = APIRouter(prefix="/v1", tags=["watch"])


class Cell(BaseModel):
    """One portal of a record: wanted, observed, the state in one word, since when, and what is known of the reason."""

    portal: Portal
    former: bool
    wanted: str
    closes_on: date | None
    due_at: datetime
    observed: str | None
    observed_at: datetime | None
    acknowledged: bool
    state: State
    since: datetime
    drift: DriftKind | None
    held: bool
    flapping: bool
    refusal: str | None
    refusal_code: str | None
    receipt_awaited: bool
    filing_stage: str | None
    next_push_at: datetime | None
    next_look_at: datetime | None


class MatrixRow(BaseModel):
    """One record with its cells and the worst of their states."""

    record_id: str
    document_number: str | None
    subject_name: str | None
    subject_key: str | None
    region: str | None
    kind: str | None
    state: State
    since: datetime
    cells: list[Cell]


class StateCounts(BaseModel):
    """Placements of each portal by state."""

    counted_at: datetime
    portals: dict[Portal, dict[State, int]]


async def _asked(
    desk: Desk,
    state: Annotated[list[State] | None, Query(description="Only these states; all but `same` by default.")] = None,
    portal: Annotated[Portal | None, Query(description="Only records that are not as wanted on this portal.")] = None,
    q: Annotated[
        str | None, Query(min_length=2, max_length=100, description="Part of name or document number, or a code.")
    ] = None,
    older_than_hours: Annotated[int | None, Query(ge=1, le=24 * 366, description="Only what lasts longer.")] = None,
) -> store.Asked:
    older = desk.clock.now() - timedelta(hours=older_than_hours) if older_than_hours else None
    return store.Asked(tuple(state or NOT_AS_WANTED), portal, q, older)


@router.get("/matrix", summary="Records against all portals, worst first")
async def get_matrix(
    _caller: Reader,
    desk: Desk,
    page: Paged,
    asked: Annotated[store.Asked, Depends(_asked)],
    every: Annotated[bool, Query(description="Also what is as wanted; newest records first.")] = False,
    counted: Counted = False,
) -> CountedPage[MatrixRow]:
    """By default what is not as wanted: legal deadline passed, waiting for people, differences, the rest; each by
    the day on which it is due, differences by their age. A page can be short: others follow while there is a cursor."""
    now = desk.clock.now()
    async with desk.database.reading() as connection:
        if every:
            found = await store.every_record(connection, asked, page.after, page.fetch)
            records: list[str] = list(found[: page.limit])
            position: list[str | int] | None = [records[-1]] if len(found) > page.limit else None
        else:
            worst, beyond = await worst_first(connection, now, asked, _after(page.after), page.fetch)
            records = [one.record for one in worst[: page.limit]]
            position = _position(worst[page.limit - 1] if len(worst) > page.limit else beyond)
        rows = await store.placements_of(connection, now, records)
        names = await store.names_of(connection, records)
        drifts = await store.open_drifts_of(connection, {row.record_id for row in rows})
        total = await total_of(connection, store.all_of(asked, now, every=every)) if counted else None
    shown = shown_rows(records, rows, names, drifts)
    return CountedPage(items=shown, next=encoded(position) if position else None, total=total)


def _position(beyond: Position | None) -> list[str | int] | None:
    return [beyond.rank, beyond.at.isoformat(), beyond.record] if beyond else None


def _after(cursor: Sequence[object] | None) -> Position | None:
    """Raises `Problem` for what is no cursor of this list."""
    match cursor:
        case None:
            return None
        case [int() as rank, str() as at, str() as record] if 0 <= rank < len(WORST_FIRST):
            with suppress(ValueError):
                return Position(rank, datetime.fromisoformat(at), record)
    errors = [{"field": "cursor", "reason": "not a cursor of this list"}]
    raise Problem(MALFORMED, "The cursor cannot be used.", errors=errors)


def shown_rows(
    records: Sequence[str], rows: Sequence[AnyRow], names: dict[str, AnyRow], drifts: Sequence[AnyRow]
) -> list[MatrixRow]:
    """Placements put together as records, in the order of `records`."""
    of_record: dict[str, list[Cell]] = defaultdict(list)
    open_drift = {(row.record_id, row.portal): row for row in reversed(drifts)}
    for row in rows:
        of_record[row.record].append(_cell(row, open_drift.get((row.record_id, row.portal))))
    return [_row(record, of_record[record], names.get(record)) for record in records if of_record[record]]


def _row(record: str, cells: list[Cell], name: AnyRow | None) -> MatrixRow:
    worst = min(cells, key=lambda cell: (WORST_FIRST.index(cell.state), cell.since))
    columns = ("document_number", "subject_name", "subject_key", "region", "kind")
    named = {column: getattr(name, column, None) for column in columns}
    return MatrixRow(record_id=record, state=worst.state, since=worst.since, cells=cells, **named)


def _cell(row: AnyRow, found: AnyRow | None) -> Cell:
    return Cell(
        portal=row.portal,
        former=row.former_of is not None,
        wanted="offline" if row.take_down else "online",
        closes_on=row.closes_on,
        due_at=row.due_at,
        observed=row.observed,
        observed_at=row.observed_at,
        acknowledged=row.acknowledged_generation >= row.generation,
        state=row.state,
        since=row.since,
        drift=found.kind if found else None,
        held=bool(found and found.held),
        flapping=bool(found and found.flapping),
        refusal=row.refusal,
        refusal_code=row.refusal_code,
        receipt_awaited=row.receipt is not None,
        filing_stage=row.filing_stage,
        next_push_at=row.next_push_at if row.acknowledged_generation < row.generation else None,
        next_look_at=row.next_look_at,
    )


@router.get("/state-counts", summary="Placements by portal and state")
async def get_state_counts(_caller: Reader, desk: Desk) -> StateCounts:
    """What is as wanted is the rest of all. At most five seconds old."""
    counts = await desk.state_counts.read()
    return StateCounts(
        counted_at=counts.counted_at, portals={portal: dict(of) for portal, of in counts.portals.items()}
    )
