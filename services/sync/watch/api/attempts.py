"""`/v1/push-attempts`: what was sent to the portals and what each said, the newest first."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from services.sync.api.views import Desk, Reader
from services.sync.portals.base import Outcome
from services.sync.watch import store
from services.sync.watch.attempts import FAILED, AttemptsAsked, all_of, newest
from shared.database.types import AnyRow
from shared.vocabulary import Portal
from shared.web.identifier import PATTERN
from shared.web.instant import NamedInstant
from shared.web.pagination import Paged, Position, foreign_cursor, page_of
from shared.web.totals import Counted, CountedPage, total_of, with_total

router = APIRouter(prefix="/v1", tags=["watch"])

_MOST_FOUND = 200
_INSTANT: TypeAdapter[datetime] = TypeAdapter(NamedInstant)


class AttemptOfPush(BaseModel):
    """One answer of a portal to one order (推送). `take_down` is null when a newer order had come before the answer."""

    attempt_id: int
    record_id: str = Field(description="The entry that was ordered: the record, or a former entry of it.")
    of_record: str
    document_number: str | None
    subject_name: str | None
    portal: Portal
    take_down: bool | None
    generation: int
    idempotency_key: str = Field(description="Sent with the order; the same for each of its attempts.")
    number: int = Field(description="The how-manieth answer to this order.")
    outcome: Outcome
    code: str | None
    message: str | None
    receipt: str | None = Field(description="The receipt that is still awaited.")
    next_push_at: datetime | None = Field(description="When the same order is sent again, if it is.")
    attempted_at: datetime
    seconds: float


def _which(
    portal: Annotated[Portal | None, Query(description="Only of this portal.")] = None,
    outcome: Annotated[Outcome | None, Query(description="Only what the portal answered so.")] = None,
    failed: Annotated[bool, Query(description="Only what was not taken: refused, uncertain, not sent.")] = False,
    code: Annotated[str | None, Query(max_length=40, description="Only failures with this code.")] = None,
    take_down: Annotated[bool | None, Query(description="Only take-downs (true) or publications (false).")] = None,
) -> AttemptsAsked:
    return AttemptsAsked(portal, outcome, code, take_down=take_down, failed=failed)


@router.get("/push-attempts", summary="What was sent to the portals, the newest first")
async def get_attempts(
    _caller: Reader,
    desk: Desk,
    page: Paged,
    which: Annotated[AttemptsAsked, Depends(_which)],
    record_id: Annotated[str | None, Query(pattern=PATTERN, description="Only of this record.")] = None,
    q: Annotated[
        str | None, Query(min_length=2, max_length=100, description="Part of name or document number, or a code.")
    ] = None,
    hours: Annotated[int | None, Query(ge=1, le=24 * 366, description="Only of the last so many hours.")] = None,
    counted: Counted = False,
) -> CountedPage[AttemptOfPush]:
    """A search looks at the attempts of the 200 newest records that it finds."""
    since = desk.clock.now() - timedelta(hours=hours) if hours else None
    after = _place(page.after) if page.after else None
    async with desk.database.reading() as connection:
        records = [record_id] if record_id else None
        if q and records is None:
            records = list(await store.every_record(connection, store.Asked(q=q), None, _MOST_FOUND))
        asked = replace(which, records=records, since=since)
        rows = await newest(connection, asked, after, page.fetch)
        total = await total_of(connection, all_of(asked)) if counted else None
    found = page_of(rows, page, position=lambda row: [row.attempted_at.isoformat(), row.attempt_id], shown=_shown)
    return with_total(found, total)


def _shown(row: AnyRow) -> AttemptOfPush:
    is_newest = row.generation == row.newest_generation and row.acknowledged_generation < row.generation
    goes_on = is_newest and row.refusal is None and row.receipt is None and row.outcome in FAILED
    return AttemptOfPush(
        attempt_id=row.attempt_id,
        record_id=row.record_id,
        of_record=row.record,
        document_number=row.document_number,
        subject_name=row.subject_name,
        portal=row.portal,
        take_down=row.take_down,
        generation=row.generation,
        idempotency_key=f"{row.record_id}-{row.generation}",
        number=row.number,
        outcome=row.outcome,
        code=row.code,
        message=row.message,
        receipt=row.receipt if is_newest else None,
        next_push_at=row.next_push_at if goes_on else None,
        attempted_at=row.attempted_at,
        seconds=row.seconds,
    )


def _place(position: Position) -> tuple[datetime, int]:
    """The instant and the number of the last attempt that the caller saw."""
    match position:
        case [str(at), int(attempt_id)] if (instant := _instant(at)) is not None:
            return instant, attempt_id
    raise foreign_cursor()


def _instant(text: str) -> datetime | None:
    try:
        return _INSTANT.validate_python(text)
    except ValidationError:
        return None
