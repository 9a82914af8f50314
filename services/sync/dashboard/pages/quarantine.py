"""待核: rows that no rule could take in, by cause; one row with its cells to correct; many rows judged again."""

from collections.abc import Mapping
from typing import Any, Literal

from fastapi import APIRouter, Request, Response

from services.sync.dashboard.actions import done, key_of, posted
from services.sync.dashboard.desk import Desk, Reads, Signed
from services.sync.dashboard.exports import Column, list_file
from services.sync.dashboard.page import language, present
from services.sync.dashboard.reading import Reading
from services.sync.dashboard.shown import Shown
from services.sync.dashboard.texts import Lang, translate, word

router = APIRouter()

PATH = "/quarantine"
STATES = ("waiting", "corrected", "released", "discarded")
KINDS = ("penalty", "licence", "coercion", "award", "inspection")
CORRECTIONS = ("as_is", "trim", "dates", "amounts")
_PAGE = 100
_FILTERS = ("state", "kind", "authority", "batch_id")


@router.get(PATH)
@router.get(f"{PATH}/live")
async def quarantine(request: Request, _visitor: Signed, reader: Reads) -> Response:
    query = request.query_params
    readings = await reader.read_all(
        rows=("ingest", "/v1/quarantine", {**_asked(request), "limit": _PAGE, "cursor": query.get("cursor")}),
        counts=("ingest", "/v1/quarantine/counts", {name: query.get(name) for name in _FILTERS}),
    )
    counts = readings["counts"].data["counts"] if readings["counts"].ok else {}
    values = {
        "states": STATES,
        "kinds": KINDS,
        "corrections": CORRECTIONS,
        "by_code": sorted(counts.items(), key=lambda one: (-one[1], one[0])),
        "most": max(counts.values(), default=1),
    }
    return present(request, "quarantine", {**readings, **values})


@router.get(f"{PATH}/export.{{form}}")
async def export(
    request: Request, _visitor: Signed, desk: Desk, reader: Reads, form: Literal["csv", "xlsx"]
) -> Response:
    lang = language(request)
    columns = _columns(lang, Shown(lang, desk.clock.now()))
    source = ("ingest", "/v1/quarantine", _asked(request))
    return await list_file(request, reader, source, form, "quarantine", columns, back=PATH)


@router.post(f"{PATH}/release")
async def release(request: Request, _visitor: Signed, desk: Desk, reader: Reads) -> Response:
    """Judge many rows again. First a dry run, whose page offers to do it; then batch after batch."""
    fields = await posted(request, desk)
    key = key_of(fields)
    body: dict[str, Any] = {
        "correction": fields.get("correction", ""),
        "reason": fields.get("reason", ""),
        "dry_run": fields.get("go") != "yes",
        **{name: fields.get(name) or None for name in ("code", "kind", "authority", "batch_id", "after")},
    }
    outcome = await reader.act("ingest", "/v1/quarantine/release", body, key=key)
    if not outcome.ok:
        return done(request, outcome, back=fields.get("back", PATH), note="done")
    return present(request, "release", {"receipt": outcome.data, "asked": body})


@router.get(f"{PATH}/{{quarantine_id}}")
async def row(request: Request, _visitor: Signed, reader: Reads, quarantine_id: str) -> Response:
    found = await reader.read("ingest", f"/v1/quarantine/{quarantine_id[:32]}", {"lang": language(request)})
    return present(request, "quarantined", {"row": found, "by_column": _by_column(found)})


@router.post(f"{PATH}/{{quarantine_id}}/resubmission")
async def resubmit(request: Request, _visitor: Signed, desk: Desk, reader: Reads, quarantine_id: str) -> Response:
    """Hand the row in again with the cells that were changed on the page; the others stay as they came."""
    fields = await posted(request, desk)
    path = f"/v1/quarantine/{quarantine_id[:32]}"
    found = await reader.read("ingest", path)
    if not found.ok:
        return done(request, found, back=f"{PATH}/{quarantine_id}", note="done")
    body = {"cells": changed_cells(found.data["cells"], fields), "reason": fields.get("reason") or None}
    outcome = await reader.act("ingest", f"{path}/resubmission", body, key=key_of(fields))
    back = f"{PATH}/{quarantine_id}"
    if not outcome.ok:
        return done(request, outcome, back=back, note="done")
    still = outcome.data["verdict"]["verdict"] == "quarantined"
    successor = outcome.data["successor_id"]
    if still and successor:
        return done(request, outcome, back=f"{PATH}/{successor}", note="still_quarantined")
    return done(request, outcome, back=back, note="still_quarantined" if still else "row_taken_in")


@router.post(f"{PATH}/{{quarantine_id}}/discard")
async def discard(request: Request, _visitor: Signed, desk: Desk, reader: Reads, quarantine_id: str) -> Response:
    fields = await posted(request, desk)
    path = f"/v1/quarantine/{quarantine_id[:32]}/discard"
    outcome = await reader.act("ingest", path, {"reason": fields.get("reason", "")}, key=key_of(fields))
    return done(request, outcome, back=PATH, note="row_discarded")


def changed_cells(cells: Mapping[str, Any], fields: Mapping[str, str]) -> dict[str, str | None]:
    """The cells whose text on the page is another than that which came; an emptied one is `None`. A browser writes the
    ends of lines its own way."""
    changed: dict[str, str | None] = {}
    for name, came in cells.items():
        given = fields.get(f"cell.{name}")
        if given is not None and _lines(given) != _lines(shown_cell(came)):
            changed[name] = _lines(given) or None
    return changed


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n")


def shown_cell(value: object) -> str:
    """A cell as the text of an input: blanks at its ends do not survive a form."""
    return "" if value is None else str(value).strip()


def _by_column(found: Reading) -> dict[str, list[Any]]:
    reasons: dict[str, list[Any]] = {}
    for reason in found.data["reasons"] if found.ok else []:
        reasons.setdefault(reason["column"], []).append(reason)
    return reasons


def _told(lang: Lang, reason: Mapping[str, str]) -> str:
    """Why, after the name of the column where there is one."""
    column = word(lang, "column", reason["column"])
    return f"{column}{translate(lang)('quarantine.colon')}{reason['message']}" if column else reason["message"]


def _asked(request: Request) -> dict[str, str | int | None]:
    asked = {name: request.query_params.get(name) for name in (*_FILTERS, "code")}
    return {**asked, "lang": language(request)}


def _columns(lang: Lang, show: Shown) -> list[Column]:
    t = translate(lang)
    return [
        (t("quarantine.at"), lambda row: show.at(row["quarantined_at"])),
        (t("quarantine.kind"), lambda row: word(lang, "kind", row["kind"])),
        (t("quarantine.authority"), lambda row: row["authority_code"]),
        (t("quarantine.client"), lambda row: row["client"]),
        (t("quarantine.batch"), lambda row: row["batch_id"]),
        (t("quarantine.row"), lambda row: row["row"]),
        (t("quarantine.code"), lambda row: " ".join(one["code"] for one in row["reasons"])),
        (
            t("quarantine.why"),
            lambda row: "; ".join(_told(lang, one) for one in row["reasons"]),
        ),
        (t("quarantine.state"), lambda row: word(lang, "quarantine", row["state"])),
        (t("quarantine.decided_by"), lambda row: row["decided_by"]),
    ]
