"""数据共享清单: what came on a day, the officer who signs for it, what was missing, and who has fallen silent."""

from datetime import date, timedelta
from typing import Any, Literal

from fastapi import APIRouter, Request, Response

from services.sync.dashboard.actions import done, key_of, posted
from services.sync.dashboard.desk import Desk, Reads, Signed
from services.sync.dashboard.exports import passed_on
from services.sync.dashboard.page import present
from services.sync.dashboard.reading import Reading
from shared.clock import legal_date
from shared.errors import MALFORMED, Problem

router = APIRouter()

PATH = "/data-sharing"
_LIST = "/v1/data-sharing"
_DAYS_BACK = 13
_DUTY = "data_sharing"


@router.get(PATH)
@router.get(f"{PATH}/live")
async def data_sharing(request: Request, _visitor: Signed, desk: Desk, reader: Reads) -> Response:
    today = legal_date(desk.clock.now())
    day = _day(request.query_params.get("day"), today)
    month = date(day.year, day.month, 1)
    readings = await reader.read_all(
        lines=(
            "ingest",
            _LIST,
            {"day": day.isoformat(), "limit": 100, "cursor": request.query_params.get("cursor")},
        ),
        days=(
            "ingest",
            f"{_LIST}/days",
            {"from": (day - timedelta(days=_DAYS_BACK)).isoformat(), "to": day.isoformat()},
        ),
        unsigned=("ingest", f"{_LIST}/unsigned"),
        anomalies=("ingest", f"{_LIST}/anomalies", {"state": "open", "limit": 100}),
        sources=("ingest", f"{_LIST}/sources", {"limit": 100}),
        counties=("ingest", f"{_LIST}/counties"),
        completeness=(
            "ingest",
            f"{_LIST}/completeness",
            {"from": month.isoformat(), "to": day.isoformat()},
        ),
        duties=("ingest", "/v1/duties"),
    )
    values = {
        "day": day.isoformat(),
        "today": today.isoformat(),
        "month": month.isoformat(),
        "departments": departments(readings["duties"]),
        "silent_sources": [one for one in _items(readings["sources"]) if one["is_silent"]],
    }
    return present(request, "data_sharing", {**readings, **values})


@router.get(f"{PATH}/export.{{form}}")
async def export(
    request: Request, _visitor: Signed, desk: Desk, reader: Reads, form: Literal["csv", "xlsx"]
) -> Response:
    """The whole list of the day as ingest writes it, with its sums and its signature."""
    day = _day(request.query_params.get("day"), legal_date(desk.clock.now()))
    outcome = await reader.file("ingest", f"{_LIST}.{form}", {"day": day.isoformat()})
    return passed_on(request, outcome, back=f"{PATH}?day={day}")


@router.get(f"{PATH}/completeness.{{form}}")
async def export_completeness(
    request: Request, _visitor: Signed, desk: Desk, reader: Reads, form: Literal["csv", "xlsx"]
) -> Response:
    day = _day(request.query_params.get("day"), legal_date(desk.clock.now()))
    span = {"from": date(day.year, day.month, 1).isoformat(), "to": day.isoformat()}
    return passed_on(request, await reader.file("ingest", f"{_LIST}/completeness.{form}", span), back=PATH)


@router.post(f"{PATH}/sign-off")
async def sign_off(request: Request, _visitor: Signed, desk: Desk, reader: Reads) -> Response:
    """Sign for the figures that stood on the page: the digest says which."""
    fields = await posted(request, desk)
    day = _day(fields.get("day"), legal_date(desk.clock.now()))
    role = f"{fields.get('department', '')}{fields.get('post', '')}"
    body = {"role": role, "remark": fields.get("remark", ""), "digest": fields.get("digest", "")}
    outcome = await reader.act("ingest", f"{_LIST}/{day}/sign-off", body, key=key_of(fields))
    return done(request, outcome, back=f"{PATH}?day={day}", note="day_signed")


@router.post(f"{PATH}/anomalies")
async def open_anomaly(request: Request, _visitor: Signed, desk: Desk, reader: Reads) -> Response:
    fields = await posted(request, desk)
    day = _day(fields.get("day"), legal_date(desk.clock.now()))
    body = {"source": fields.get("source", ""), "description": fields.get("description", "")}
    outcome = await reader.act("ingest", f"{_LIST}/{day}/anomalies", body, key=key_of(fields))
    return done(request, outcome, back=f"{PATH}?day={day}", note="anomaly_opened")


@router.post(f"{PATH}/resolutions")
async def resolve_anomaly(request: Request, _visitor: Signed, desk: Desk, reader: Reads) -> Response:
    fields = await posted(request, desk)
    path = f"{_LIST}/anomalies/{fields.get('anomaly', '')[:32]}/resolution"
    outcome = await reader.act("ingest", path, {"resolution": fields.get("reason", "")}, key=key_of(fields))
    return done(request, outcome, back=fields.get("back", PATH), note="done")


@router.post(f"{PATH}/rhythms")
async def set_rhythm(request: Request, _visitor: Signed, desk: Desk, reader: Reads) -> Response:
    """In how many working days a source is expected to send; empty: as usual."""
    fields = await posted(request, desk)
    given = fields.get("days", "")
    body: dict[str, Any] = {
        "source": fields.get("source", ""),
        "kind": fields.get("kind", ""),
        "expected_working_days": int(given) if given.isdecimal() else None,
        "reason": fields.get("reason", ""),
    }
    outcome = await reader.act("ingest", f"{_LIST}/rhythms", body, key=key_of(fields))
    return done(request, outcome, back=fields.get("back", PATH), note="done")


def departments(duties: Reading) -> list[str]:
    """Those that check the list; a post begins with one of them."""
    return [one["department"] for one in _items(duties) if _DUTY in one["duties"]]


def _items(page: Reading) -> list[Any]:
    return list(page.data["items"]) if page.ok else []


def _day(given: str | None, today: date) -> date:
    if not given:
        return today
    try:
        return date.fromisoformat(given)
    except ValueError:
        raise Problem(MALFORMED, "A day is written like 2026-11-20.") from None
