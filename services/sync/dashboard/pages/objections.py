"""异议: what is objected to, by when it must be answered, and one objection with its decision and remedy."""

from collections.abc import Mapping
from typing import Any, Literal

from fastapi import APIRouter, Request, Response

from services.sync.dashboard.actions import done, key_of, posted
from services.sync.dashboard.desk import Desk, Reads, Signed
from services.sync.dashboard.exports import Column, pages_file, pages_of, with_names
from services.sync.dashboard.names import names_of
from services.sync.dashboard.page import language, present
from services.sync.dashboard.shown import Shown
from services.sync.dashboard.texts import Lang, translate, word
from services.sync.dashboard.totals import told_by
from services.sync.dashboard.working_time import last_day, level, remaining
from shared.clock import legal_date
from shared.errors import MALFORMED, Problem
from shared.web.identifier import identifier

router = APIRouter()

PATH = "/objections"
STATES = ("filed", "checking", "proposed", "upheld", "remedy_refused", "closed", "rejected", "retracted")
_PAGE = 100
_CORRECTED = 3
"""Fields that one form corrects."""

_ADDRESSES = {
    "check": "checks",
    "answer": "check-answers",
    "retract": "retraction",
    "agree": "confirmation",
    "send_back": "confirmation",
    "reject": "decision",
    "correct": "decision",
    "withdraw": "decision",
    "reclassify": "decision",
    "undo": "sanctions/{number}",
    "close": "closing",
}
"""The steps of the service by the end of their address."""


@router.get(PATH)
@router.get(f"{PATH}/live")
async def queue(request: Request, _visitor: Signed, reader: Reads) -> Response:
    readings = await reader.read_all(
        found=(
            "repair",
            "/v1/objections",
            {"state": _state(request), "limit": _PAGE, "cursor": request.query_params.get("cursor")},
        ),
        counts=("repair", "/v1/objections/counts"),
    )
    rows = readings["found"].data["items"] if readings["found"].ok else []
    values = {
        "states": STATES,
        "names": await names_of(reader, (row["record_id"] for row in rows)),
        **_clockwork(language(request)),
    }
    return present(request, "objections", {**readings, **values})


@router.get(f"{PATH}/export.{{form}}")
async def export(
    request: Request, _visitor: Signed, desk: Desk, reader: Reads, form: Literal["csv", "xlsx"]
) -> Response:
    lang = language(request)
    source = ("repair", "/v1/objections", {"state": _state(request)})
    named = with_names(reader, pages_of(reader, *source), lambda row: row["record_id"])
    columns = _columns(lang, Shown(lang, desk.clock.now()))
    return await pages_file(request, named, form, "objections", columns, back=PATH, total=told_by(reader, *source))


@router.get(f"{PATH}/{{objection_id}}")
@router.get(f"{PATH}/{{objection_id}}/live")
async def objection(request: Request, visitor: Signed, desk: Desk, reader: Reads, objection_id: str) -> Response:
    case = await reader.read("repair", f"/v1/objections/{identifier(objection_id)}")
    values = {
        "case": case,
        "names": await names_of(reader, [case.data["record_id"]] if case.ok else []),
        "me": visitor.caller.client_id,
        "today": legal_date(desk.clock.now()).isoformat(),
        "corrected": range(_CORRECTED),
        **_clockwork(language(request)),
    }
    return present(request, "objection", values, status=404 if case.why == "absent" else 200)


@router.post(f"{PATH}/{{objection_id}}/{{step}}")
async def take_step(
    request: Request, _visitor: Signed, desk: Desk, reader: Reads, objection_id: str, step: str
) -> Response:
    """One step. Who may, and that a second person is another one, is the service's to say."""
    wanted = identifier(objection_id)
    fields = await posted(request, desk)
    address, body = said(step, fields)
    outcome = await reader.act("repair", f"/v1/objections/{wanted}/{address}", body, key=key_of(fields))
    return done(request, outcome, back=f"{PATH}/{wanted}", note="step_taken")


def said(step: str, fields: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    """Where a step goes, and what the service wants to be told of it."""
    if step not in _ADDRESSES:
        raise Problem(MALFORMED, "There is no such step.")
    return _ADDRESSES[step].format(number=_number(fields)), _body(step, fields, fields.get("reason", ""))


def _body(step: str, fields: Mapping[str, str], reason: str) -> dict[str, Any]:
    if step == "check":
        return {"unit": fields.get("unit", ""), "question": reason}
    if step in ("agree", "send_back"):
        return {"agreed": step == "agree", "reason": reason}
    if step == "undo":
        return {name: fields.get(name, "") for name in ("undone_on", "told_on")} | {"reference": reason}
    if _ADDRESSES[step] == "decision":
        return {"upheld": step != "reject", "reason": reason} | _remedy(step, fields)
    return {"reason": reason}


def _number(fields: Mapping[str, str]) -> int:
    number = fields.get("number", "")
    return int(number) if number.isdecimal() else 0


def _remedy(step: str, fields: Mapping[str, str]) -> dict[str, Any]:
    """The one part of a decision that belongs to the remedy, and the sanctions that rested on what was wrong."""
    if step == "reject":
        return {}
    told: dict[str, Any] = {"remedy": step}
    if step == "correct":
        pairs = [(fields.get(f"field-{at}"), fields.get(f"value-{at}", "")) for at in range(_CORRECTED)]
        told["corrected"] = [{"field": field, "value": value} for field, value in pairs if field]
    if step == "withdraw":
        told["withdrawal"] = {
            "kind": fields.get("kind", ""),
            "statement_of_reasons": fields.get("statement") or fields.get("reason", ""),
            "withdrawn_on": fields.get("withdrawn_on", ""),
        }
    if step == "reclassify":
        related = fields.get("accident_related")
        told["reclassification"] = {
            "severity": fields.get("severity") or None,
            "accident_related": {"yes": True, "no": False}.get(related or ""),
        }
    if fields.get("measure"):
        told["sanctions"] = [{"measure": fields["measure"], "holder": fields.get("holder", "")}]
    return told


def _state(request: Request) -> str | None:
    state = request.query_params.get("state")
    return state if state in STATES else None


def _clockwork(lang: Lang) -> dict[str, Any]:
    """How templates write down what is left until the answer is due."""
    return {
        "remaining": lambda minutes: remaining(lang, {"minutes_left": minutes}),
        "level": level,
        "last_day": last_day,
    }


def _columns(lang: Lang, show: Shown) -> list[Column]:
    t = translate(lang)

    def name(row: Any, column: str) -> str:
        return (row["named"] or {}).get(column) or ""

    def left(row: Any) -> str:
        return remaining(lang, row) if row["minutes_left"] is not None else ""

    return [
        (t("repair.left"), left),
        (t("objections.due"), lambda row: show.at(row["answer_due_at"])),
        (t("objections.about"), lambda row: word(lang, "about", row["about"])),
        (t("repair.document"), lambda row: name(row, "document_number")),
        (t("repair.subject"), lambda row: name(row, "subject_name")),
        (t("repair.stage"), lambda row: word(lang, "objection", row["state"])),
        (t("objections.received"), lambda row: row["received_on"]),
        (t("objections.number"), lambda row: row["objection_id"]),
    ]
