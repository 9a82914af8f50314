"""What readers of an application see: where it is, its limits, its records with each portal, and every step."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, Field

from services.repair.applications.domain.case import Action, ApplicationState, RecordOutcome
from services.repair.applications.domain.effect import PortalView
from services.repair.applications.portals import Effect
from services.repair.applications.step import possible_steps
from services.repair.applications.store import case_of
from shared.database.types import AnyRow
from shared.vocabulary import Asked, Portal, Severity


class ApplicationStatus(BaseModel):
    """An application and where it is."""

    application_id: str
    state: ApplicationState
    version: int


class FiledStatus(ApplicationStatus):
    """The same, with the number by which the applicant follows it (查询码)."""

    tracking_number: str


class LimitView(BaseModel):
    """One legal limit (期限). While a supplement is awaited it stands still and has no instant."""

    clock: str
    started_on: date
    due_at: datetime | None
    due_provisional: bool = Field(description="A day of the term lies in a year that is not announced yet (暂定期限).")
    ended_at: datetime | None
    kept: bool | None
    missed_at: datetime | None


class ShownOn(BaseModel):
    """What one portal shows of a record: seen gone, or still shown since when and who is asked."""

    portal: Portal
    gone: bool
    seen_at: datetime | None
    still_since: datetime | None
    asked: Asked | None


class RecordView(BaseModel):
    """One record of an application."""

    record_id: str
    outcome: RecordOutcome
    reason: str | None
    barred_until: date | None
    portals: list[ShownOn]


class StepView(BaseModel):
    """One step: who, when, why."""

    version: int
    action: Action
    from_state: ApplicationState | None
    to_state: ApplicationState
    actor: str
    reason: str
    taken_at: datetime
    detail: dict[str, Any]


class ApplicationSummary(BaseModel):
    """An application in a list."""

    application_id: str
    tracking_number: str
    state: ApplicationState
    version: int
    subject_key: str
    region: str
    authority_code: str
    generation: str
    severity: Severity | None
    filed_at: datetime
    closed_at: datetime | None


class ApplicationView(ApplicationSummary):
    """The whole of an application."""

    record_id: str | None = Field(description="Its record, when it is about one only.")
    two_people: bool
    on_behalf: bool
    filed_by: str
    first_reviewer: str | None
    decided_at: datetime | None
    reason: str | None
    served_on: date | None
    effective_on: date | None
    due_at: datetime | None = Field(description="The earliest limit that runs.")
    due_provisional: bool = Field(description="A day of the term lies in a year that is not announced yet (暂定期限).")
    possible: list[str] = Field(description="The steps that may follow, whoever takes them.")
    limits: list[LimitView]
    records: list[RecordView]
    steps: list[StepView]


def summary(row: AnyRow) -> ApplicationSummary:
    return ApplicationSummary(**{name: getattr(row, name) for name in ApplicationSummary.model_fields})


def application_view(
    row: AnyRow,
    records: Sequence[AnyRow],
    steps: Sequence[AnyRow],
    limits: Sequence[AnyRow],
    shown: Mapping[str, Effect],
) -> ApplicationView:
    running = [one for one in limits if one.ended_at is None and one.due_at is not None]
    next_one = min(running, key=lambda one: one.due_at, default=None)
    plain = {name: getattr(row, name) for name in ApplicationView.model_fields if hasattr(row, name)}
    return ApplicationView(
        **plain,
        record_id=records[0].record_id if len(records) == 1 else None,
        due_at=next_one.due_at if next_one else None,
        due_provisional=bool(next_one and next_one.due_provisional),
        possible=possible_steps(case_of(row)),
        limits=[_limit(one) for one in limits],
        records=[_record(one, shown.get(one.record_id)) for one in records],
        steps=[_step(one) for one in steps],
    )


def _limit(row: AnyRow) -> LimitView:
    return LimitView(**{name: getattr(row, name) for name in LimitView.model_fields})


def _record(row: AnyRow, effect: Effect | None) -> RecordView:
    return RecordView(
        record_id=row.record_id,
        outcome=row.outcome,
        reason=row.reason,
        barred_until=row.barred_until,
        portals=[_shown_on(one) for one in effect.portals] if effect else [],
    )


def _shown_on(view: PortalView) -> ShownOn:
    return ShownOn(**{name: getattr(view, name) for name in ShownOn.model_fields})


def _step(row: AnyRow) -> StepView:
    fields = {name: getattr(row, name) for name in StepView.model_fields if name != "detail"}
    return StepView(**fields, detail=json.loads(row.detail))
