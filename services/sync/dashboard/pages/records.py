"""文书页: one record on three portals, why each of its days is what it is, and all that happened to it."""

import asyncio
from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import quote

import segno
from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from services.sync.dashboard.actions import done, key_of, posted
from services.sync.dashboard.desk import Desk, Reads, Signed, is_live
from services.sync.dashboard.exports import Column, list_file
from services.sync.dashboard.law_words import named_law, stated_terms
from services.sync.dashboard.page import language, present
from services.sync.dashboard.reading import Params, Reader, Reading
from services.sync.dashboard.session import Visitor
from services.sync.dashboard.shown import Shown
from services.sync.dashboard.texts import Lang, translate, word
from shared.vocabulary import Portal
from shared.web.scopes import Scope

router = APIRouter()

PATH = "/records"
PORTALS = tuple(map(str, Portal))
SERVICES = ("ingest", "disclosure", "repair", "sync")
FILTERS: dict[str, dict[str, str]] = {
    "wanted": {"what": "wanted"},
    "pushes": {"what": "push"},
    "looks": {"what": "observation"},
    "failures": {"failures": "true"},
}
_PAGE = 100


@router.get(PATH)
@router.get(f"{PATH}/live")
async def records(request: Request, _visitor: Signed, reader: Reads) -> Response:
    """Find a record by document number, name, code or identifier; one that is found alone is opened."""
    found = await reader.read("sync", "/v1/matrix", {**_asked(request), "limit": _PAGE, **_cursor(request)})
    rows = found.data["items"] if found.ok else []
    if len(rows) == 1 and request.query_params.get("q") and not _cursor(request)["cursor"] and not is_live(request):
        return _to(request, rows[0]["record_id"])
    if not rows and _is_identifier(request.query_params.get("q", "")) and not is_live(request):
        return _to(request, request.query_params["q"].strip())
    return present(request, "records", {"found": found})


@router.get(f"{PATH}/export.{{form}}")
async def export(
    request: Request, _visitor: Signed, desk: Desk, reader: Reads, form: Literal["csv", "xlsx"]
) -> Response:
    lang = language(request)
    columns = _columns(lang, Shown(lang, desk.clock.now()))
    source = ("sync", "/v1/matrix", _asked(request))
    return await list_file(request, reader, source, form, "records", columns, back=PATH)


@router.get(f"{PATH}/{{record_id}}")
@router.get(f"{PATH}/{{record_id}}/live")
async def record(request: Request, visitor: Signed, reader: Reads, record_id: str) -> Response:
    one = quote(record_id, safe="")
    lang = language(request)
    readings = await reader.read_all(
        states=("sync", "/v1/record-states", {"record_ids": record_id}),
        placements=("sync", f"/v1/records/{one}/placements"),
        latest=("sync", f"/v1/records/{one}/timeline", {"what": "push,observation", "limit": 60}),
        timeline=("sync", f"/v1/records/{one}/timeline", {**_filter(request), **_cursor(request), "limit": _PAGE}),
        publications=("disclosure", f"/v1/records/{one}/publications", {"lang": lang}),
        dates=("disclosure", f"/v1/records/{one}/dates"),
        policy=("disclosure", "/v1/policy"),
        source=("ingest", f"/v1/records/{one}"),
        applications=("repair", "/v1/repair-applications", {"record_id": record_id, "limit": 20}),
        deliveries=("disclosure", f"/v1/records/{one}/repair-notice/deliveries", {"limit": 20}),
        reminders=("disclosure", "/v1/reminders", {"record_id": record_id, "limit": 20}),
        measures=("repair", "/v1/measures", {"record_id": record_id}),
    )
    if all(readings[name].why == "absent" for name in ("placements", "publications", "source")):
        return present(request, "record_absent", {"record_id": record_id}, status=404)
    row = readings["states"].data[0] if readings["states"].ok and readings["states"].data else None
    values: dict[str, Any] = {
        "record_id": record_id,
        "portals": PORTALS,
        "row": row,
        "worst": worst_of(row),
        "named": _named(row, readings["source"]),
        "named_law": named_law(readings["policy"], lang),
        "term_of": stated_terms(readings["policy"]),
        "lines": portal_lines(row, readings["placements"], readings["latest"]),
        "filters": list(FILTERS),
        "events": await _events(request, visitor, reader, record_id, readings["timeline"]),
        "gone": is_gone(readings["placements"]),
        "certificate": None if is_live(request) else await _certificate(reader, one),
    }
    return present(request, "record", {**readings, **values})


@router.post(f"{PATH}/{{record_id}}/look")
async def look(request: Request, _visitor: Signed, desk: Desk, reader: Reads, record_id: str) -> Response:
    """Let the portals be looked at now."""
    fields = await posted(request, desk)
    body = {"portal": fields["portal"]} if fields.get("portal") else {}
    outcome = await reader.act("sync", f"/v1/records/{quote(record_id, safe='')}/looks", body, key=key_of(fields))
    return done(request, outcome, back=f"{PATH}/{record_id}", note="look_requested")


@router.post(f"{PATH}/{{record_id}}/order")
async def order(request: Request, _visitor: Signed, desk: Desk, reader: Reads, record_id: str) -> Response:
    """Give a portal its order once more."""
    fields = await posted(request, desk)
    body = {"portal": fields.get("portal", ""), "reason": fields.get("reason", "")}
    outcome = await reader.act("sync", f"/v1/records/{quote(record_id, safe='')}/orders", body, key=key_of(fields))
    return done(request, outcome, back=f"{PATH}/{record_id}", note="ordered_again")


@router.post(f"{PATH}/{{record_id}}/measures/{{measure_id}}/end")
async def end_measure(
    request: Request, _visitor: Signed, desk: Desk, reader: Reads, record_id: str, measure_id: str
) -> Response:
    """End one measure by hand (人工解除), with the reason."""
    fields = await posted(request, desk)
    address = f"/v1/measures/{quote(measure_id, safe='')}/end"
    outcome = await reader.act("repair", address, {"reason": fields.get("reason", "")}, key=key_of(fields))
    return done(request, outcome, back=f"{PATH}/{record_id}", note="measure_ended")


@router.post(f"{PATH}/{{record_id}}/measures/{{measure_id}}/told")
async def tell_end(
    request: Request, _visitor: Signed, desk: Desk, reader: Reads, record_id: str, measure_id: str
) -> Response:
    """Keep how the party of an ended measure was told of its end."""
    fields = await posted(request, desk)
    address = f"/v1/measures/{quote(measure_id, safe='')}/told"
    outcome = await reader.act("repair", address, {"how": fields.get("how", "")}, key=key_of(fields))
    return done(request, outcome, back=f"{PATH}/{record_id}", note="end_told")


@router.post(f"{PATH}/{{record_id}}/certificate")
async def issue(request: Request, _visitor: Signed, desk: Desk, reader: Reads, record_id: str) -> Response:
    """Issue the take-down certificate; the service refuses unless absence was seen everywhere (G05)."""
    await posted(request, desk)
    outcome = await reader.read("sync", f"/v1/records/{quote(record_id, safe='')}/certificate")
    return done(request, outcome, back=f"{PATH}/{record_id}", note="certificate_issued")


def worst_of(row: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """The cell that gives a record its state."""
    return next((cell for cell in row["cells"] if cell["state"] == row["state"]), None) if row else None


def portal_lines(row: Mapping[str, Any] | None, placements: Reading, latest: Reading) -> list[dict[str, Any]]:
    """One line an entry: its cell, what the portal answered last, and what the last look saw otherwise."""
    if row is None or not placements.ok:
        return []
    told = latest.data["items"] if latest.ok else []
    lines = []
    for cell, placement in zip(
        sorted(row["cells"], key=lambda one: (one["portal"], one["former"])),
        sorted(placements.data, key=lambda one: (one["portal"], one["former_of"] is not None)),
        strict=False,
    ):
        of_portal = [one for one in told if one["portal"] == cell["portal"]]
        push = next((one for one in of_portal if one["what"] == "push"), None)
        look = next((one for one in of_portal if one["what"] == "observation"), None)
        differs = look["differences"] if look and not look["as_wanted"] else {}
        lines.append({"cell": cell, "placement": placement, "push": push, "look": look, "differences": differs})
    return lines


def is_gone(placements: Reading) -> bool:
    """Whether every entry is ordered offline and was seen to be gone."""
    return bool(
        placements.ok and placements.data and all(p["wanted"] == "offline" and p["agreed"] for p in placements.data)
    )


def _named(row: Mapping[str, Any] | None, source: Reading) -> dict[str, Any]:
    """What the record is called: as the public may see it, else as the source told it."""
    if row and row["document_number"]:
        return {name: row[name] for name in ("document_number", "subject_name", "subject_key")}
    told = source.data["record"] if source.ok else None
    if told is None:
        return {"document_number": None, "subject_name": None, "subject_key": None}
    subject = told["subject"]
    return {
        "document_number": told["document_number"],
        "subject_name": subject["name"],
        "subject_key": subject["key"],
    }


async def _events(
    request: Request, visitor: Visitor, reader: Reader, record_id: str, timeline: Reading
) -> list[dict[str, Any]]:
    """The lines of this page of the time axis, with what the audit logs say of the same span."""
    lines = timeline.data["items"] if timeline.ok else []
    if _filter(request) or not visitor.may(Scope.AUDIT_READ):
        return list(lines)
    asked: Params = {
        "subject": record_id,
        "limit": _PAGE,
        "since": lines[-1]["at"] if lines and timeline.data["next"] else None,
        "until": request.query_params.get("before"),
    }
    logs = await asyncio.gather(*(reader.read(service, "/v1/audit", asked) for service in SERVICES))
    entries = [
        entry | {"what": "audit", "service": log.service} for log in logs if log.ok for entry in log.data["items"]
    ]
    return sorted([*lines, *entries], key=lambda one: str(one["at"]), reverse=True)


async def _certificate(reader: Reader, one: str) -> dict[str, Any] | None:
    """The newest certificate: its number, its check page, and that as a QR code."""
    issued = await reader.read("sync", f"/v1/records/{one}/timeline", {"what": "certificate", "limit": 1})
    if not issued.ok or not issued.data["items"]:
        return None
    line = issued.data["items"][0]
    document = await reader.read("sync", f"/certificates/{line['detail']}/document")
    url = check_url_of(document.data) if document.ok else None
    code = segno.make(url, error="m", micro=False).svg_data_uri(scale=3) if url else None
    return {"certificate_id": line["detail"], "issued_at": line["at"], "url": url, "code": code}


def check_url_of(document: Any) -> str | None:
    """The address at which anybody can check a certificate, wherever in the signed document it stands."""
    if isinstance(document, str):
        return document if document.startswith(("http://", "https://")) and "/certificates/" in document else None
    inside = document.values() if isinstance(document, dict) else document if isinstance(document, list) else ()
    return next((url for value in inside if (url := check_url_of(value))), None)


def _asked(request: Request) -> dict[str, str | int | None]:
    q = request.query_params.get("q", "").strip()
    return {"every": "true", "q": q if len(q) > 1 else None}


def _cursor(request: Request) -> dict[str, str | int | None]:
    return {"cursor": request.query_params.get("cursor")}


def _filter(request: Request) -> dict[str, str]:
    return FILTERS.get(request.query_params.get("only", ""), {})


def _is_identifier(text: str) -> bool:
    text = text.strip()
    return len(text) == 32 and set(text) <= set("0123456789abcdef")


def _to(request: Request, record_id: str) -> Response:
    return RedirectResponse(f"{PATH}/{record_id}", 303)


def _columns(lang: Lang, show: Shown) -> list[Column]:
    t = translate(lang)
    return [
        (t("records.document"), lambda row: row["document_number"]),
        (t("records.subject"), lambda row: row["subject_name"]),
        (t("records.code"), lambda row: row["subject_key"]),
        (t("records.kind"), lambda row: word(lang, "kind", row["kind"])),
        (t("records.region"), lambda row: row["region"]),
        (t("records.state"), lambda row: word(lang, "state", row["state"])),
        (t("records.since"), lambda row: show.at(row["since"])),
        (t("records.identifier"), lambda row: row["record_id"]),
    ]
