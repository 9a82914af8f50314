"""月报表: form A or B as its sheet shows it, every figure opened into its records, the sheet itself, and the filing."""

from datetime import date
from typing import Any, Literal

from fastapi import APIRouter, Request, Response

from services.sync.dashboard.actions import done, key_of, posted
from services.sync.dashboard.desk import Desk, Reads, Signed, is_live
from services.sync.dashboard.exports import Column, list_file, passed_on
from services.sync.dashboard.names import names_of
from services.sync.dashboard.page import language, present
from services.sync.dashboard.reading import Reading
from services.sync.dashboard.texts import Lang, translate, word
from shared.clock import legal_date

router = APIRouter()

PATH = "/forms"
FORMS = ("B", "A")
PROVINCE = "320000"
FIGURES = ("stock_3y", "exit_month", "exit_month_abnormal", "exit_month_repair", "exit_ytd", "new_month")
MONTHS_BACK = 24


@router.get(PATH)
@router.get(f"{PATH}/live")
async def forms(request: Request, _visitor: Signed, desk: Desk, reader: Reads) -> Response:
    """The form is counted when the page is opened; only what is due and filed is asked for again."""
    today = legal_date(desk.clock.now())
    form, asked = wanted(request.query_params, today)
    duties = await reader.read_all(
        reminders=("disclosure", "/v1/form-reminders", {"limit": 30}),
        reports=("disclosure", "/v1/form-reports", {"limit": 30}),
    )
    if is_live(request):
        return present(request, "forms", duties)
    readings = await reader.read_all(
        paper=("disclosure", f"/v1/form-layouts/{form}"),
        other=("disclosure", "/v1/form-layouts/A"),
        sheet=("disclosure", f"/v1/forms/{form}", asked),
    )
    values = {
        "form": form,
        "asked": {"form": form, **asked},
        "months": months(today),
        "units": readings["other"].data["units"] if readings["other"].ok else [],
        "columns": columns_of(readings["paper"]),
        "figure_names": FIGURES,
        "title": _title(readings["paper"], readings["sheet"]),
    }
    return present(request, "forms", {**duties, **readings, **values})


@router.get(f"{PATH}/figures")
async def figure(request: Request, _visitor: Signed, desk: Desk, reader: Reads) -> Response:
    """The records that one figure of the form counts; read when the page is opened and not again."""
    form, asked = wanted(request.query_params, legal_date(desk.clock.now()))
    page = {"limit": 100, "cursor": request.query_params.get("cursor")}
    readings = await reader.read_all(
        paper=("disclosure", f"/v1/form-layouts/{form}"),
        entries=("disclosure", _figure_path(request, form), {**asked, **page}),
    )
    columns = {one["key"]: one["name"] for one in columns_of(readings["paper"])}
    row, column = request.query_params.get("row", ""), request.query_params.get("column", "")
    entries = readings["entries"]
    values = {
        "form": form,
        "asked": {"form": form, **asked},
        "row": row,
        "column_name": columns.get(column, column),
        "names": await names_of(reader, (one["record_id"] for one in entries.data["items"]) if entries.ok else ()),
    }
    return present(request, "figure", {**readings, **values})


@router.get(f"{PATH}/figures/export.{{file_form}}")
async def export(
    request: Request, _visitor: Signed, desk: Desk, reader: Reads, file_form: Literal["csv", "xlsx"]
) -> Response:
    form, asked = wanted(request.query_params, legal_date(desk.clock.now()))
    lang = language(request)
    source = ("disclosure", _figure_path(request, form), asked)
    return await list_file(request, reader, source, file_form, "figure", _columns(lang), back=PATH)


@router.post(f"{PATH}/sheet")
async def sheet(request: Request, _visitor: Signed, desk: Desk, reader: Reads) -> Response:
    """The official sheet. Who fills it in is printed on it and kept nowhere, so it comes as a form and not in an
    address."""
    fields = await posted(request, desk)
    form, asked = wanted(fields, legal_date(desk.clock.now()))
    body = {
        "unit": fields.get("filler_unit", ""),
        "person": fields.get("person", ""),
        "mobile": fields.get("mobile", ""),
        "on_day": fields.get("on_day") or None,
    }
    outcome = await reader.file("disclosure", f"/v1/forms/{form}/sheet", asked, body)
    return passed_on(request, outcome, back=fields.get("back", PATH))


@router.post(f"{PATH}/reports")
async def file_form(request: Request, _visitor: Signed, desk: Desk, reader: Reads) -> Response:
    """Keep the figures as they were handed out, with cut-off and window."""
    fields = await posted(request, desk)
    form, asked = wanted(fields, legal_date(desk.clock.now()))
    query = "&".join(f"{name}={value}" for name, value in asked.items() if value)
    outcome = await reader.act("disclosure", f"/v1/forms/{form}/reports?{query}", None, key=key_of(fields))
    return done(request, outcome, back=fields.get("back", PATH), note="form_filed")


@router.get(f"{PATH}/reports/{{report_id}}")
async def report(request: Request, _visitor: Signed, reader: Reads, report_id: str) -> Response:
    """A form as it was filed, whatever the ledger says since."""
    found = await reader.read("disclosure", f"/v1/form-reports/{report_id[:32]}")
    form = found.data["form"] if found.ok else "B"
    layout = await reader.read("disclosure", f"/v1/form-layouts/{form}")
    sheet = Reading("disclosure", found.data["figures"]) if found.ok else found
    values = {"found": found, "sheet": sheet, "paper": layout, "columns": columns_of(layout), "figure_names": FIGURES}
    return present(request, "form_report", {**values, "title": _title(layout, sheet), "asked": {}})


def wanted(given: Any, today: date) -> tuple[str, dict[str, str | None]]:
    """Which form, and of what: form B of the province for the month at present, unless something else is asked for."""
    form = "A" if given.get("form") == "A" else "B"
    unit = given.get("unit") or ""
    if form == "B":
        unit = PROVINCE
    elif unit in ("", PROVINCE):
        unit = "320400"
    day = given.get("cutoff_day") or ""
    month = (given.get("month") or today.isoformat())[:7]
    return form, {"unit": unit[:12], "month": month, "cutoff_day": day if day.isdecimal() else None}


def months(today: date) -> list[str]:
    """The months that can be chosen, newest first."""
    at = today.year * 12 + today.month - 1
    return [f"{(at - back) // 12:04d}-{(at - back) % 12 + 1:02d}" for back in range(MONTHS_BACK)]


def columns_of(layout: Reading) -> list[dict[str, Any]]:
    return list(layout.data["columns"]) if layout.ok else []


def _title(layout: Reading, found: Reading) -> str:
    if not layout.ok or not found.ok:
        return ""
    month = int(found.data["month"][5:])
    return str(layout.data["title"]).format(unit=found.data["unit_name"], month=month)


def _figure_path(request: Request, form: str) -> str:
    query = request.query_params
    row = query.get("row", "total")
    column = query.get("column", "")
    return f"/v1/forms/{form}/figures/{row[:12]}/{column if column in FIGURES else FIGURES[0]}"


def _columns(lang: Lang) -> list[Column]:
    t = translate(lang)
    return [
        (t("forms.record"), lambda row: row["record_id"]),
        (t("forms.region"), lambda row: row["region"]),
        (t("forms.decided_on"), lambda row: row["decided_on"]),
        (t("forms.published_on"), lambda row: row["published_on"]),
        (t("forms.on_day"), lambda row: row["on_day"]),
        (t("forms.bucket"), lambda row: word(lang, "bucket", row["bucket"]) if row["bucket"] else ""),
    ]
