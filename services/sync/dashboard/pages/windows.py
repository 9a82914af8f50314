"""到期窗口: which day ends, opens or obliges how many records, with the days on which nobody is at work marked."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Literal

from fastapi import APIRouter, Request, Response

from services.sync.dashboard.desk import Desk, Reads, Signed
from services.sync.dashboard.exports import Column, pages_file, pages_of
from services.sync.dashboard.page import language, present
from services.sync.dashboard.reading import Params, Reading
from services.sync.dashboard.shown import Shown
from services.sync.dashboard.texts import Lang, translate, word
from services.sync.dashboard.totals import Total
from shared.clock import legal_date
from shared.vocabulary import Portal

router = APIRouter()

PATH = "/windows"
KINDS = ("take_down", "repair", "publish")
PORTALS = tuple(map(str, Portal))
WEEKS = 12
STEPS = (1, 3, 8)
"""From how many records on a day is darker; the last step on a day off asks for somebody on duty."""
_PAGE = 100
_OVERDUE = 20


@router.get(PATH)
@router.get(f"{PATH}/live")
async def windows(request: Request, _visitor: Signed, desk: Desk, reader: Reads) -> Response:
    today = legal_date(desk.clock.now())
    kind, first, monday = kind_of(request), first_day(request, today), today - timedelta(days=today.weekday())
    last = first + timedelta(days=7 * WEEKS - 1)
    readings = await reader.read_all(
        counts=("disclosure", "/v1/window-counts", _span(kind, first, last)),
        overdue=("sync", "/v1/matrix", {"state": "overdue", "limit": _OVERDUE}),
    )
    counts = readings["counts"]
    days = counts.data["days"] if counts.ok else []
    day = chosen_day(request, days, today)
    until = max(_date(request.query_params.get("until")) or day, day)
    asked = {**_span(kind, day, until), "limit": _PAGE, "cursor": request.query_params.get("cursor")}
    listed = await reader.read("disclosure", "/v1/windows", asked)
    ids = ",".join(dict.fromkeys(one["record_id"] for one in listed.data["items"])) if listed.ok else ""
    states = await reader.read("sync", "/v1/record-states", {"record_ids": ids}) if ids else Reading("sync", [])
    values = {
        "kind": kind,
        "kinds": KINDS,
        "portals": PORTALS,
        "weeks": calendar_of(days, today),
        "sums": sums_of(days, today),
        "day": day.isoformat(),
        "until": until.isoformat(),
        "last": last.isoformat(),
        "today": today.isoformat(),
        "first": first.isoformat(),
        "monday": monday.isoformat(),
        "plus": lambda days: (monday + timedelta(days=days)).isoformat(),
        "before": (first - timedelta(weeks=WEEKS)).isoformat(),
        "later": (first + timedelta(weeks=WEEKS)).isoformat(),
        "listed": listed,
        "states": states,
        "cells": {row["record_id"]: {cell["portal"]: cell for cell in row["cells"]} for row in states.data}
        if states.ok
        else {},
    }
    return present(request, "windows", {**readings, **values})


@router.get(f"{PATH}/export.{{form}}")
async def export(
    request: Request, _visitor: Signed, desk: Desk, reader: Reads, form: Literal["csv", "xlsx"]
) -> Response:
    """The chosen days, or the twelve weeks when no day is named."""
    today = legal_date(desk.clock.now())
    kind, first = kind_of(request), first_day(request, today)
    day = _date(request.query_params.get("day"))
    until = _date(request.query_params.get("until")) or day
    span = (
        _span(kind, day, max(until or day, day)) if day else _span(kind, first, first + timedelta(days=7 * WEEKS - 1))
    )
    lang = language(request)
    columns = _columns(lang, Shown(lang, desk.clock.now()))
    source = ("disclosure", "/v1/windows", span)

    async def total() -> Total | None:
        counts = await reader.read("disclosure", "/v1/window-counts", span)
        return Total(sum(one["records"] for one in counts.data["days"])) if counts.ok else None

    pages = pages_of(reader, *source)
    return await pages_file(request, pages, form, f"windows-{kind}", columns, back=PATH, total=total)


def kind_of(request: Request) -> str:
    kind = request.query_params.get("kind", "")
    return kind if kind in KINDS else KINDS[0]


def first_day(request: Request, today: date) -> date:
    """The Monday on which the calendar begins: that of the asked day, else that of this week."""
    asked = _date(request.query_params.get("from")) or today
    return asked - timedelta(days=asked.weekday())


def chosen_day(request: Request, days: Sequence[Mapping[str, Any]], today: date) -> date:
    """The day of the address; else the first from today on that has records."""
    asked = _date(request.query_params.get("day"))
    if asked:
        return asked
    coming = (date.fromisoformat(one["day"]) for one in days if one["records"] and one["day"] >= today.isoformat())
    return next(coming, today)


def calendar_of(days: Sequence[Mapping[str, Any]], today: date) -> list[list[dict[str, Any]]]:
    """Seven rows, Monday first, of one cell a week."""
    cells = []
    for one in days:
        heat = sum(one["records"] >= step for step in STEPS)
        day = date.fromisoformat(one["day"])
        cells.append(
            {
                "day": one["day"],
                "short": one["day"][5:],
                "records": one["records"],
                "heat": heat,
                "off": not one["working"],
                "made_up": one["working"] and day.weekday() >= 5,
                "holiday": not one["working"] and day.weekday() < 5,
                "alarm": not one["working"] and heat == len(STEPS),
                "today": day == today,
                "past": day < today,
                "unannounced": not one["announced"],
            }
        )
    return [cells[weekday::7] for weekday in range(7)] if cells else []


def sums_of(days: Sequence[Mapping[str, Any]], today: date) -> dict[str, Any]:
    """This week, next week, and the fullest day that is still to come."""
    monday = today - timedelta(days=today.weekday())

    def week(number: int) -> int:
        first, last = monday + timedelta(weeks=number), monday + timedelta(weeks=number, days=6)
        return sum(one["records"] for one in days if first.isoformat() <= one["day"] <= last.isoformat())

    coming = [one for one in days if one["day"] >= today.isoformat() and one["records"]]
    peak = max(coming, key=lambda one: one["records"], default=None)
    return {"this": week(0), "next": week(1), "peak": peak, "all": sum(one["records"] for one in days)}


def _date(text: str | None) -> date | None:
    try:
        found = date.fromisoformat(text or "")
    except ValueError:
        return None
    return found if 1950 <= found.year <= 2147 else None


def _span(kind: str, first: date, last: date) -> Params:
    return {"kind": kind, "from": first.isoformat(), "until": last.isoformat()}


def _columns(lang: Lang, show: Shown) -> list[Column]:
    t = translate(lang)
    return [
        (t("windows.day"), lambda row: row["day"]),
        (t("records.document"), lambda row: row["document_number"]),
        (t("records.subject"), lambda row: row["subject_name"]),
        (t("records.code"), lambda row: row["subject_key"]),
        (t("records.region"), lambda row: row["region"]),
        (
            t("records.for_whom"),
            lambda row: t("records.and").join(word(lang, "audience", one) for one in row["audiences"]),
        ),
        (t("records.rule"), lambda row: row["rule_id"]),
        (t("windows.article"), lambda row: row["article"]),
        (t("windows.pack"), lambda row: row["pack_version"]),
        (t("windows.planned"), lambda row: show.at(row["planned_at"])),
        (t("records.identifier"), lambda row: row["record_id"]),
    ]
