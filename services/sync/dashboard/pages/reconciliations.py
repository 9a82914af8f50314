"""对账: every run, and one run with its differences, the two people who decide about mending, and its report."""

from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Request, Response

from services.sync.dashboard.actions import done, key_of, posted
from services.sync.dashboard.desk import Desk, Reads, Signed
from services.sync.dashboard.exports import Column, list_file, passed_on
from services.sync.dashboard.names import names_of
from services.sync.dashboard.page import language, present
from services.sync.dashboard.reading import Reading
from services.sync.dashboard.shown import Shown
from services.sync.dashboard.texts import Lang, translate, word
from shared.vocabulary import Portal

router = APIRouter()

PATH = "/reconciliations"
PORTALS = tuple(map(str, Portal))
STATES = ("requested", "waiting", "scanning", "awaiting_approval", "mended", "planned", "incomplete", "given_up")
KINDS = ("ghost", "missing", "altered", "duplicate", "foreign", "premature", "end_date", "unknown")
GOING_ON = ("requested", "waiting", "scanning")
_PAGE = 100


@router.get(PATH)
@router.get(f"{PATH}/live")
async def reconciliations(request: Request, _visitor: Signed, reader: Reads) -> Response:
    asked = {**_asked(request), "limit": _PAGE, "cursor": request.query_params.get("cursor")}
    runs = await reader.read("sync", "/v1/reconciliations", {**asked, "lang": language(request)})
    return present(request, "reconciliations", {"runs": runs, **_words()})


@router.get(f"{PATH}/export.{{form}}")
async def export(
    request: Request, _visitor: Signed, desk: Desk, reader: Reads, form: Literal["csv", "xlsx"]
) -> Response:
    lang = language(request)
    columns = _run_columns(lang, Shown(lang, desk.clock.now()))
    source = ("sync", "/v1/reconciliations", {**_asked(request), "lang": lang})
    return await list_file(request, reader, source, form, "reconciliations", columns, back=PATH)


@router.get(f"{PATH}/{{run_id}}")
@router.get(f"{PATH}/{{run_id}}/live")
async def reconciliation(request: Request, visitor: Signed, reader: Reads, run_id: str) -> Response:
    one = _of(run_id)
    asked = {
        "kind": request.query_params.get("kind"),
        "limit": _PAGE,
        "cursor": request.query_params.get("cursor"),
    }
    readings = await reader.read_all(
        run=("sync", one, {"lang": language(request)}),
        progressed=("sync", f"{one}/progress"),
        drifts=("sync", f"{one}/drifts", asked),
        approvals=("sync", f"{one}/approval"),
    )
    if readings["run"].why == "absent":
        return present(request, "refused", {"outcome": readings["run"], "back": PATH}, status=404)
    ids = [drift["record_id"] for drift in readings["drifts"].data["items"]] if readings["drifts"].ok else []
    waiting = waiting_in(readings["progressed"])
    values = {
        "run_id": run_id,
        "names": await names_of(reader, ids),
        "waiting": waiting,
        "decides": decides(readings["approvals"], visitor.caller.client_id, waiting),
    }
    return present(request, "reconciliation", {**readings, **values, **_words()})


@router.get(f"{PATH}/{{run_id}}/drifts.{{form}}")
async def export_drifts(
    request: Request, _visitor: Signed, desk: Desk, reader: Reads, run_id: str, form: Literal["csv", "xlsx"]
) -> Response:
    lang = language(request)
    columns = _drift_columns(lang, Shown(lang, desk.clock.now()))
    source = ("sync", f"{_of(run_id)}/drifts", {"kind": request.query_params.get("kind")})
    return await list_file(request, reader, source, form, f"drifts-{run_id[:12]}", columns, back=f"{PATH}/{run_id}")


@router.get(f"{PATH}/{{run_id}}/report.{{form}}")
async def report(
    request: Request, _visitor: Signed, reader: Reads, run_id: str, form: Literal["html", "xlsx", "json"]
) -> Response:
    """The report as sync prints it, as a file."""
    found = await reader.file("sync", f"{_of(run_id)}/report", {"form": form, "lang": language(request)})
    disposition = f'attachment; filename="reconciliation-{run_id[:32]}.{form}"'
    return passed_on(request, found, back=f"{PATH}/{run_id}", disposition=disposition)


@router.post(f"{PATH}/{{run_id}}/decide")
async def decide(request: Request, _visitor: Signed, desk: Desk, reader: Reads, run_id: str) -> Response:
    """Propose mending, or decide about what another person proposed (G08)."""
    fields = await posted(request, desk)
    body = {"step": fields.get("step", ""), "reason": fields.get("reason", "")}
    outcome = await reader.act("sync", f"{_of(run_id)}/approval", body, key=key_of(fields))
    return done(request, outcome, back=f"{PATH}/{run_id}", note="mending_decided")


@router.post(f"{PATH}/{{run_id}}/mend")
async def mend(request: Request, _visitor: Signed, desk: Desk, reader: Reads, run_id: str) -> Response:
    """Carry out what a run only planned: a new run of the same scope, which finds anew and mends within the limit."""
    fields = await posted(request, desk)
    run = await reader.read("sync", _of(run_id))
    if not run.ok:
        return done(request, run, back=f"{PATH}/{run_id}", note="reconciliation_requested")
    body = {"portals": [run.data["portal"]], "mode": "mend", "method": run.data["method"]}
    body |= {name: run.data[name] for name in ("district", "kind") if run.data[name]}
    outcome = await reader.act("sync", "/v1/reconciliations", body, key=key_of(fields))
    back = f"{PATH}/{outcome.data['run_ids'][0]}" if outcome.ok and outcome.data["run_ids"] else f"{PATH}/{run_id}"
    return done(request, outcome, back=back, note="reconciliation_requested")


@router.post(f"{PATH}/{{run_id}}/give-up")
async def give_up(request: Request, _visitor: Signed, desk: Desk, reader: Reads, run_id: str) -> Response:
    fields = await posted(request, desk)
    body = {"reason": fields.get("reason", "")}
    outcome = await reader.act("sync", f"{_of(run_id)}/give-up", body, key=key_of(fields))
    return done(request, outcome, back=f"{PATH}/{run_id}", note="run_given_up")


def waiting_in(progressed: Reading) -> int:
    """How many differences of a run still wait for people."""
    return sum(line["held"] for line in progressed.data["kinds"]) if progressed.ok else 0


def decides(approvals: Reading, person: str, waiting: int) -> Literal["propose", "decide", "wait", "nothing"]:
    """What a person can do about the mending of a run of which so many differences wait: nothing more, propose, decide,
    or wait for another person."""
    if not approvals.ok:
        return "nothing"
    newest = approvals.data[0] if approvals.data else None
    if newest is not None and newest["state"] == "proposed":
        return "wait" if newest["proposed_by"] == person else "decide"
    return "propose" if waiting and (newest is None or _may_propose_after(newest)) else "nothing"


def _may_propose_after(ended: Mapping[str, Any]) -> bool:
    """What a second person rejected needs a new run; what came to its end, or was withdrawn, may be proposed again."""
    withdrawn = ended["state"] == "rejected" and ended["decided_by"] == ended["proposed_by"]
    return withdrawn or ended["state"] in ("expired", "done")


def _of(run_id: str) -> str:
    return f"/v1/reconciliations/{quote(run_id, safe='')}"


def _asked(request: Request) -> dict[str, str | int | None]:
    return {name: request.query_params.get(name) for name in ("portal", "state")}


def _words() -> dict[str, Any]:
    return {"portals": PORTALS, "states": STATES, "kinds": KINDS, "going_on": GOING_ON}


def _run_columns(lang: Lang, show: Shown) -> list[Column]:
    t = translate(lang)
    return [
        (t("reconciliations.run"), lambda row: row["run_id"]),
        (t("overview.portal"), lambda row: word(lang, "portal", row["portal"])),
        (t("reconciliations.state"), lambda row: word(lang, "run", row["state"])),
        (t("reconciliations.mode"), lambda row: word(lang, "mode", row["mode"])),
        (t("reconciliations.method"), lambda row: word(lang, "method", row["method"])),
        (t("reconciliations.requested"), lambda row: show.at(row["requested_at"])),
        (t("reconciliations.by"), lambda row: row["requested_by"]),
        (t("reconciliations.finished"), lambda row: show.at(row["finished_at"])),
        (t("reconciliations.listed"), lambda row: row["listed"]),
        (t("reconciliations.drifts"), lambda row: row["drifts"]),
        (t("reconciliations.unsettled"), lambda row: row["unsettled"]),
        (t("reconciliations.held"), lambda row: row["held"]),
        (t("reconciliations.explanation"), lambda row: row["explanation"]),
    ]


def _drift_columns(lang: Lang, show: Shown) -> list[Column]:
    t = translate(lang)
    return [
        (t("records.identifier"), lambda row: row["record_id"]),
        (t("reconciliations.key"), lambda row: row["portal_key"]),
        (t("reconciliations.kind"), lambda row: word(lang, "drift", row["kind"])),
        (
            t("reconciliations.fields"),
            lambda row: "; ".join(f"{word(lang, 'field', k)}: {a} | {b}" for k, (a, b) in row["differences"].items()),
        ),
        (t("reconciliations.seen"), lambda row: word(lang, "observed", row["seen"]) if row["seen"] else None),
        (t("reconciliations.found_on"), lambda row: row["found_on"]),
        (t("reconciliations.found_at"), lambda row: show.at(row["found_at"])),
        (t("reconciliations.ordered_at"), lambda row: show.at(row["mend_ordered_at"])),
        (t("reconciliations.mended_at"), lambda row: show.at(row["mended_at"])),
        (t("reconciliations.held"), lambda row: row["held"]),
    ]
