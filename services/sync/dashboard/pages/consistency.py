"""一致性: what is wanted against what three portals show, how differences moved, and the hand that asks for more."""

from collections import defaultdict
from datetime import date, timedelta
from typing import Any, Literal

from fastapi import APIRouter, Request, Response

from services.sync.dashboard.actions import done, key_of, posted
from services.sync.dashboard.charts import Series, stacked_bars
from services.sync.dashboard.desk import Desk, Reads, Signed
from services.sync.dashboard.exports import Column, list_file
from services.sync.dashboard.page import language, present
from services.sync.dashboard.pages.overview import nothing_yet
from services.sync.dashboard.reading import Reading
from services.sync.dashboard.shown import Shown
from services.sync.dashboard.texts import Lang, translate, word
from shared.clock import legal_date
from shared.vocabulary import Portal

router = APIRouter()

PATH = "/consistency"
STATES = ("overdue", "failed", "differs", "moving")
PORTALS = tuple(map(str, Portal))
DAYS = 30
_PAGE = 100
_FILTERS = ("state", "portal", "q", "older_than_hours", "every")


@router.get(PATH)
@router.get(f"{PATH}/live")
async def consistency(request: Request, _visitor: Signed, desk: Desk, reader: Reads) -> Response:
    readings = await reader.read_all(
        matrix=(
            "sync",
            "/v1/matrix",
            {**_asked(request), "limit": _PAGE, "cursor": request.query_params.get("cursor")},
        ),
        counts=("sync", "/v1/state-counts"),
        history=("sync", "/v1/drift-history", {"days": DAYS}),
        marks=("sync", "/v1/verified-through"),
        decided=("sync", "/v1/decided-standing"),
        runs=("sync", "/v1/reconciliations", {"limit": 8}),
    )
    values = {
        "states": STATES,
        "portals": PORTALS,
        "bars": _bars(readings["history"], language(request), legal_date(desk.clock.now())),
        "nothing_yet": nothing_yet(readings["counts"]),
        "rows": [_cells(row) for row in readings["matrix"].data["items"]] if readings["matrix"].ok else [],
    }
    return present(request, "consistency", {**readings, **values})


@router.get(f"{PATH}/export.{{form}}")
async def export(
    request: Request, _visitor: Signed, desk: Desk, reader: Reads, form: Literal["csv", "xlsx"]
) -> Response:
    lang = language(request)
    columns = _columns(lang, Shown(lang, desk.clock.now()))
    source = ("sync", "/v1/matrix", _asked(request))
    return await list_file(request, reader, source, form, "consistency", columns, back=PATH)


@router.post(f"{PATH}/reconcile")
async def reconcile(request: Request, _visitor: Signed, desk: Desk, reader: Reads) -> Response:
    """Ask for a reading of a portal, or of all; `plan` only says what would be mended."""
    fields = await posted(request, desk)
    portal = fields.get("portal", "")
    body: dict[str, Any] = {"portals": [portal] if portal else [], "mode": fields.get("mode", "plan")}
    outcome = await reader.act("sync", "/v1/reconciliations", body, key=key_of(fields))
    return done(request, outcome, back=PATH, note="reconciliation_requested")


def _asked(request: Request) -> dict[str, str | int | None]:
    """The filters of the address; what is empty is not asked for, and a search of one character is none."""
    given = {name: request.query_params.get(name) for name in _FILTERS}
    return {**given, "q": given["q"] if given["q"] and len(given["q"]) > 1 else None}


def _cells(row: dict[str, Any]) -> dict[str, Any]:
    """A row with its cells by portal, and the cell that gives the reason."""
    by_portal = {cell["portal"]: cell for cell in reversed(row["cells"])}
    worst = next((cell for cell in row["cells"] if cell["state"] == row["state"]), row["cells"][0])
    return row | {"by_portal": by_portal, "worst": worst}


def _bars(history: Reading, lang: Lang, today: date) -> str:
    if not history.ok or not history.data:
        return ""
    found: dict[tuple[str, str], int] = defaultdict(int)
    for line in history.data:
        found[line["day"], line["portal"]] += line["found"]
    days = [(today - timedelta(days=back)).isoformat() for back in range(DAYS - 1, -1, -1)]
    series = [Series(word(lang, "portal", one), [found.get((day, one), 0) for day in days]) for one in PORTALS]
    return stacked_bars(translate(lang)("consistency.history"), [day[5:] for day in days], series)


def _columns(lang: Lang, show: Shown) -> list[Column]:
    t = translate(lang)

    def of_portal(portal: str) -> Column:
        def value(row: Any) -> str:
            cell = next((one for one in row["cells"] if one["portal"] == portal), None)
            return word(lang, "state", cell["state"]) if cell else ""

        return word(lang, "portal", portal), value

    return [
        (t("consistency.document"), lambda row: row["document_number"]),
        (t("consistency.subject"), lambda row: row["subject_name"]),
        (t("consistency.code"), lambda row: row["subject_key"]),
        *(of_portal(portal) for portal in PORTALS),
        (t("consistency.verdict"), lambda row: word(lang, "state", row["state"])),
        (t("consistency.since"), lambda row: show.at(row["since"])),
        (t("consistency.record"), lambda row: row["record_id"]),
    ]
