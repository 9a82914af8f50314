"""修复申请: who must decide what, and by when; then one application with its papers, conditions, steps and effect."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from services.sync.dashboard.actions import done, key_of, posted
from services.sync.dashboard.desk import Desk, Reads, Signed
from services.sync.dashboard.exports import Column, pages_file, pages_of, passed_on, with_names
from services.sync.dashboard.names import names_of
from services.sync.dashboard.page import language, present
from services.sync.dashboard.shown import Shown
from services.sync.dashboard.texts import Lang, translate, word
from services.sync.dashboard.totals import told_by
from services.sync.dashboard.working_time import computed, last_day, level, remaining
from shared.ids import new_id
from shared.web.identifier import identifier

router = APIRouter()

PATH = "/repair"
TABS = ("open", "submitted", "reviewing", "supplementing", "effect", "to_serve", "finished")
_PAGE = 100
_APPLICATIONS = "/v1/repair-applications"
_STEPS: Mapping[str, str] = {
    "accept": "acceptance",
    "decline": "acceptance",
    "request_supplement": "supplement-request",
    "supplement": "supplement",
    "first_review": "first-review",
    "second_review": "second-review",
    "approve": "decision",
    "refuse": "decision",
    "serve": "service",
    "withdraw": "withdrawal",
    "revoke": "revocation",
}
"""The steps of the service by the end of their address."""
SCOPES: Mapping[str, str] = {
    "accept": "repair:handle",
    "decline": "repair:handle",
    "request_supplement": "repair:handle",
    "supplement": "repair:write",
    "first_review": "repair:review",
    "second_review": "repair:review",
    "approve": "repair:decide",
    "refuse": "repair:decide",
    "serve": "repair:handle",
    "withdraw": "repair:write",
    "revoke": "repair:decide",
}


@router.get(PATH)
@router.get(f"{PATH}/live")
async def queue(request: Request, visitor: Signed, reader: Reads) -> Response:
    asked = _asked(request, visitor.caller.client_id)
    readings = await reader.read_all(
        queue=("repair", "/v1/repair-queue", {**asked, "limit": _PAGE, "cursor": request.query_params.get("cursor")}),
        counts=("repair", "/v1/repair-queue/counts"),
        commitments=("repair", "/v1/repair-commitments", {"limit": 20}),
    )
    rows = readings["queue"].data["items"] if readings["queue"].ok else []
    values = {
        "tabs": TABS,
        "tab": asked["tab"],
        "names": await names_of(reader, (one for row in rows for one in row["record_ids"][:1])),
        **_clockwork(language(request)),
    }
    return present(request, "repair", {**readings, **values})


@router.get(f"{PATH}/export.{{form}}")
async def export(
    request: Request, visitor: Signed, desk: Desk, reader: Reads, form: Literal["csv", "xlsx"]
) -> Response:
    lang = language(request)
    source = ("repair", "/v1/repair-queue", _asked(request, visitor.caller.client_id))
    named = with_names(reader, pages_of(reader, *source), lambda row: next(iter(row["record_ids"]), None))
    columns = _columns(lang, Shown(lang, desk.clock.now()))
    return await pages_file(request, named, form, "repair", columns, back=PATH, total=told_by(reader, *source))


@router.get(f"{PATH}/papers/{{material_id}}")
async def paper(request: Request, _visitor: Signed, reader: Reads, material_id: str) -> Response:
    """One paper, as a file to be saved; that it was looked at is kept (调阅留痕)."""
    wanted = identifier(material_id)
    link = await reader.act("repair", f"/v1/repair-materials/{wanted}/links", {}, key=new_id())
    found = await reader.file("repair", link.data["address"]) if link.ok else link
    return passed_on(request, found, back=PATH)


@router.get(f"{PATH}/receipts/{{record_id}}")
async def receipt(request: Request, _visitor: Signed, reader: Reads, record_id: str) -> Response:
    """撤下回执: leads to the certificate's own page, which prints with its QR code."""
    found = await reader.read("sync", f"/v1/records/{identifier(record_id)}/certificate")
    if not found.ok:
        return present(request, "refused", {"outcome": found, "back": PATH}, status=found.status)
    return RedirectResponse(found.data["statement"]["check_url"], 303)


@router.get(f"{PATH}/{{application_id}}")
@router.get(f"{PATH}/{{application_id}}/live")
async def application(request: Request, visitor: Signed, reader: Reads, application_id: str) -> Response:
    wanted = identifier(application_id)
    readings = await reader.read_all(
        case=("repair", f"{_APPLICATIONS}/{wanted}"),
        item=("repair", f"/v1/repair-queue/{wanted}"),
        materials=("repair", f"{_APPLICATIONS}/{wanted}/materials"),
    )
    case = readings["case"]
    records = [one["record_id"] for one in case.data["records"]] if case.ok else []
    values = {
        "names": await names_of(reader, records),
        "steps": offered(case.data["possible"], visitor.caller.scopes) if case.ok else [],
        "me": visitor.caller.client_id,
        **_clockwork(language(request)),
        "portals": _portals(case.data["records"]) if case.ok else [],
    }
    return present(request, "application", {**readings, **values}, status=404 if case.why == "absent" else 200)


@router.get(f"{PATH}/{{application_id}}/notice.{{form}}")
async def notice(
    request: Request, _visitor: Signed, reader: Reads, application_id: str, form: Literal["docx", "pdf"]
) -> Response:
    """信用修复告知书, as the service makes it."""
    wanted = identifier(application_id)
    found = await reader.file("repair", f"{_APPLICATIONS}/{wanted}/notice.{form}")
    return passed_on(request, found, back=f"{PATH}/{wanted}")


@router.post(f"{PATH}/{{application_id}}/assign")
async def assign(request: Request, _visitor: Signed, desk: Desk, reader: Reads, application_id: str) -> Response:
    """领办: whoever clicks has it on the desk from now on, or whom the form names."""
    wanted = identifier(application_id)
    fields = await posted(request, desk)
    body = {"assignee": fields.get("assignee") or None, "reason": fields.get("reason", "")}
    outcome = await reader.act("repair", f"/v1/repair-queue/{wanted}/assignment", body, key=key_of(fields))
    return done(request, outcome, back=f"{PATH}/{wanted}", note="done")


@router.post(f"{PATH}/{{application_id}}/{{step}}")
async def take_step(
    request: Request, _visitor: Signed, desk: Desk, reader: Reads, application_id: str, step: str
) -> Response:
    """One step of the procedure. Who may, in which state and as which person is the service's to say."""
    wanted = identifier(application_id)
    fields = await posted(request, desk)
    body = body_of(step, fields)
    path = f"{_APPLICATIONS}/{wanted}/{_STEPS.get(step, 'unknown')}"
    outcome = await reader.act("repair", path, body, key=key_of(fields))
    return done(request, outcome, back=f"{PATH}/{wanted}", note="step_taken")


def body_of(step: str, fields: Mapping[str, str]) -> dict[str, Any]:
    """What the service wants to be told of a step."""
    version = fields.get("version", "")
    body: dict[str, Any] = {"version": int(version) if version.isdecimal() else 0, "reason": fields.get("reason", "")}
    if step in ("accept", "decline"):
        body["accepted"] = step == "accept"
    if step in ("approve", "refuse"):
        body["decision"] = step
        body["otherwise"] = [
            {"record_id": name.removeprefix("otherwise-"), "reason": value}
            for name, value in fields.items()
            if name.startswith("otherwise-") and value
        ]
    if step == "serve":
        body["way"] = fields.get("way", "online")
    return body


def offered(possible: Iterable[str], scopes: Iterable[str]) -> list[str]:
    """The steps that may follow and that this person's role may take, in the order of the procedure."""
    allowed, held = set(possible), set(scopes)
    return [step for step, scope in SCOPES.items() if step in allowed and scope in held]


def _clockwork(lang: Lang) -> dict[str, Any]:
    """How templates write down what is left of a limit."""
    return {
        "remaining": lambda limit: remaining(lang, limit),
        "computed": lambda limit: computed(lang, limit),
        "level": level,
        "last_day": last_day,
    }


def _portals(records: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """What each portal shows of the approved records, one line each."""
    return [{**look, "record_id": one["record_id"]} for one in records for look in one["portals"]]


def _asked(request: Request, me: str) -> dict[str, str | int | None]:
    tab = request.query_params.get("tab", "open")
    whose = request.query_params.get("assignee")
    return {"tab": tab if tab in TABS else "open", "assignee": me if whose == "me" else whose}


def _columns(lang: Lang, show: Shown) -> list[Column]:
    t = translate(lang)

    def name(row: Any, column: str) -> str:
        return (row["named"] or {}).get(column) or ""

    return [
        (t("repair.left"), lambda row: remaining(lang, row["limit"]) if row["limit"] else ""),
        (t("repair.due"), lambda row: last_day(row["limit"]["due_at"]) if row["limit"] else ""),
        (t("repair.number"), lambda row: row["tracking_number"]),
        (t("repair.subject"), lambda row: name(row, "subject_name")),
        (t("repair.code"), lambda row: row["subject_key"]),
        (t("repair.document"), lambda row: name(row, "document_number")),
        (t("repair.stage"), lambda row: word(lang, "application", row["state"])),
        (t("repair.papers"), lambda row: f"{row['papers_there']}/{row['papers_needed']}"),
        (t("repair.missing"), lambda row: "、".join(row["papers_missing"])),
        (t("repair.assignee"), lambda row: row["assignee"] or ""),
        (t("repair.filed"), lambda row: show.at(row["filed_at"])),
    ]
