"""`/tracking` for people and `/v1/repair-tracking` for programs: no identity, no cookie, no script.

Both take what a visitor types in the body of a POST, so that it stands in no address, history or access log.
"""

from dataclasses import dataclass
from datetime import date

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from services.repair.api.desk import Desk, RepairDesk
from services.repair.applications.domain.case import Action, ApplicationState, RecordOutcome
from services.repair.tracking import page as pages
from services.repair.tracking.domain.followed import Followed
from services.repair.tracking.domain.typed import LONGEST, Typed, read_typed
from services.repair.tracking.look import look
from shared.clock import legal_date
from shared.errors import NOT_FOUND, TOO_MANY_REQUESTS, Problem
from shared.vocabulary import Asked, Portal
from shared.web import rate
from shared.web.auth import PUBLIC
from shared.web.public_style import public_style
from shared.web.visitors import VisitorsLang

_HTML = "text/html; charset=utf-8"
_POLICY = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
_STYLE_SECONDS = 3600
_NUMBER_BURST = 20.0
_NUMBER_A_SECOND = 1 / 30


@dataclass(frozen=True)
class TrackingLimits:
    """How often one address may ask, and how often one number may be asked for from wherever.

    The second stands against guessing the code of a number; it counts numbers that do not exist alike.
    """

    addresses: rate.Buckets
    numbers: rate.Buckets


def tracking_limits(burst: float, a_second: float) -> TrackingLimits:
    numbers = rate.Buckets(burst=_NUMBER_BURST, a_second=_NUMBER_A_SECOND)
    return TrackingLimits(rate.Buckets(burst=burst, a_second=a_second), numbers)


async def _not_too_often(request: Request) -> None:
    limits: TrackingLimits = request.app.state.tracking_limits
    rate.not_too_often(request, limits.addresses)


router = APIRouter(tags=["tracking"], dependencies=[PUBLIC, Depends(_not_too_often)])


class TypedBody(BaseModel):
    """Tracking number (查询码) and the last six signs of the credit code."""

    model_config = ConfigDict(extra="forbid")
    number: str = Field(max_length=LONGEST)
    code: str = Field(max_length=LONGEST)


class TrackedStep(BaseModel):
    """One step; `reason` where it is meant for the applicant."""

    action: Action
    on: date
    reason: str | None


class TrackedLimit(BaseModel):
    """A legal limit that runs; without `on` while it stands still."""

    clock: str
    on: date | None
    provisional: bool = Field(description="A day of the term lies in a year that is not announced yet (暂定期限).")
    over: bool


class TrackedPortal(BaseModel):
    """Seen gone on a day, still shown since a day and who was asked, or nothing seen yet."""

    portal: Portal
    gone_on: date | None
    still_since: date | None
    last_seen_on: date | None
    asked: Asked | None


class TrackedRecord(BaseModel):
    """One record by the day of its decision."""

    decided_on: date | None
    outcome: RecordOutcome
    reason: str | None
    barred_until: date | None
    own_column: bool | None = Field(description="Whether the bureau's own column shows it; null before a decision.")
    portals: list[TrackedPortal]


class TrackedView(BaseModel):
    """An application as its applicant follows it."""

    model_config = ConfigDict(from_attributes=True)
    tracking_number: str
    state: ApplicationState
    filed_on: date
    effective_on: date | None
    way_to_object: str | None
    steps: list[TrackedStep]
    expected: list[TrackedLimit]
    records: list[TrackedRecord]


@router.head(pages.HOME, include_in_schema=False)
@router.get(pages.HOME, summary="The tracking page", response_class=Response)
async def get_form(desk: Desk, lang: VisitorsLang = "zh") -> Response:
    """Two fields. Plain HTML."""
    return _page(pages.form_page(lang, _today(desk)))


@router.head(f"{pages.HOME}/style.css", include_in_schema=False)
@router.get(f"{pages.HOME}/style.css", summary="The style of the tracking page", response_class=Response)
async def get_style() -> Response:
    headers = {"Cache-Control": f"public, max-age={_STYLE_SECONDS}"}
    return Response(public_style(), media_type="text/css; charset=utf-8", headers=headers)


@router.post(pages.HOME, summary="Follow an application", response_class=Response)
async def post_form(request: Request, desk: Desk, lang: VisitorsLang = "zh") -> Response:
    """Changes nothing. A wrong number and a wrong code get the same page."""
    async with request.form(max_files=0, max_fields=5, max_part_size=1024) as form:
        fields = {name: value for name, value in form.multi_items() if isinstance(value, str)}
    typed = read_typed(fields.get("number", ""), fields.get("code", ""))
    followed = await _look(request, desk, typed)
    if followed is None:
        return _page(pages.form_page(lang, _today(desk), missed=True), 404)
    return _page(pages.followed_page(lang, _today(desk), followed, typed.code))


@router.post("/v1/repair-tracking", summary="Follow an application, for programs")
async def post_tracking(request: Request, body: TypedBody, desk: Desk) -> TrackedView:
    """Changes nothing. A wrong number and a wrong code get the same answer."""
    followed = await _look(request, desk, read_typed(body.number, body.code))
    if followed is None:
        raise Problem(NOT_FOUND, "No application matches this number and code.")
    return TrackedView.model_validate(followed, from_attributes=True)


async def _look(request: Request, desk: RepairDesk, typed: Typed) -> Followed | None:
    limits: TrackingLimits = request.app.state.tracking_limits
    if seconds := limits.numbers.wait(typed.number):
        raise Problem(TOO_MANY_REQUESTS, "Too many tries for this number.", retry_after_seconds=seconds)
    async with desk.database.reading() as connection:
        return await look(connection, typed, desk.clock.now())


def _today(desk: RepairDesk) -> date:
    return legal_date(desk.clock.now())


def _page(text: str, status: int = 200) -> Response:
    headers = {"Content-Security-Policy": _POLICY, "X-Robots-Tag": "noindex"}
    return Response(text, status, media_type=_HTML, headers=headers)
