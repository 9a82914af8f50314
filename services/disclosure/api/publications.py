"""`/v1/records/{id}/publications`: for each audience, whether, until when and why a record is shown."""

import json
from datetime import date, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel

from services.disclosure import store
from services.disclosure.api.desk import Desk
from services.disclosure.domain.graver import promised_repair_from
from services.disclosure.rules import Law
from shared.database.types import AnyRow
from shared.errors import NOT_FOUND, Problem
from shared.policy import explain, from_json
from shared.vocabulary import Audience, Severity
from shared.web.auth import requires
from shared.web.caller import Caller
from shared.web.identifier import identifier
from shared.web.scopes import Scope

router = APIRouter(prefix="/v1", tags=["publications"])


Reader = Annotated[Caller, requires(Scope.DISCLOSURE_READ)]


class PublicationView(BaseModel):
    """One audience of one record. `explanation` names the rule, the article and the pack version.

    `foreseen_end_on`: a version of the law that begins later ends the display on this day, before `offline_on`.
    `repair_from_on`: while `needs_confirmation`, the later first day of both classes, null where one has none (R07).
    """

    audience: Audience
    state: str
    severity: Severity | None
    needs_confirmation: bool
    opens_on: date | None
    closes_on: date | None
    offline_on: date | None
    foreseen_end_on: date | None
    repair_from_on: date | None
    reason: str | None
    changed_at: datetime
    explanation: list[str]


class Counts(BaseModel):
    """Publications by audience and state."""

    counts: dict[Audience, dict[str, int]]


@router.get("/records/{record_id}/publications", summary="Where a record is shown, until when, and why")
async def get_publications(
    record_id: str,
    _caller: Reader,
    desk: Desk,
    lang: Annotated[Literal["zh", "en"], Query(description="Language of the explanation.")] = "zh",
) -> list[PublicationView]:
    """Recomputable: rule, article, pack version and inputs are stored with each window (guarantee G03)."""
    async with desk.database.reading() as connection:
        rows = await store.read_publications(connection, identifier(record_id))
        waits = any(row.needs_confirmation for row in rows)
        law = await desk.law.current(connection) if waits else None
    if not rows:
        raise Problem(NOT_FOUND, f"Disclosure knows no record {record_id}.")
    return [_view(row, law, desk.today(), lang) for row in rows]


@router.get("/publication-counts", summary="Publications by audience and state")
async def get_counts(_caller: Reader, desk: Desk) -> Counts:
    async with desk.database.reading() as connection:
        rows = await store.count_publications(connection)
    counts: dict[Audience, dict[str, int]] = {audience: {} for audience in Audience}
    for row in rows:
        counts[Audience(row.audience)][row.state] = row.number
    return Counts(counts=counts)


@router.get("/expiring-counts", summary="How many publications must be offline by a day")
async def get_expiring(
    _caller: Reader, desk: Desk, by: Annotated[date, Query(description="Offline on or before this day.")]
) -> dict[Audience, int]:
    """What is online now and whose last lawful day is over on that day (公示期满)."""
    async with desk.database.reading() as connection:
        found = await store.count_expiring(connection, by)
    return dict.fromkeys(Audience, 0) | {Audience(audience): number for audience, number in found.items()}


def _view(row: AnyRow, law: Law | None, today: date, lang: Literal["zh", "en"]) -> PublicationView:
    window = from_json(json.loads(row.provenance))
    return PublicationView(
        audience=row.audience,
        state=row.state,
        severity=row.severity,
        needs_confirmation=row.needs_confirmation,
        opens_on=row.opens_on,
        closes_on=row.closes_on,
        offline_on=row.offline_on,
        foreseen_end_on=row.foreseen_end_on,
        repair_from_on=promised_repair_from(window, law.evaluator, today) if law else row.repair_from_on,
        reason=row.reason,
        changed_at=row.changed_at,
        explanation=explain(window, lang),
    )
