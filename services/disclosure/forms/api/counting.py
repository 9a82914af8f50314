"""`/v1/forms/{form}`: a monthly form as JSON or as the official sheet, and every figure opened into its records."""

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from services.disclosure.api.desk import Desk
from services.disclosure.forms import store
from services.disclosure.forms.count import Counted as CountedForm
from services.disclosure.forms.count import Wanted, count_form, entries_of, open_figure
from services.disclosure.forms.domain.figures import Figure
from services.disclosure.forms.domain.form import JIANGSU, FormKind
from services.disclosure.forms.file import file_form
from services.disclosure.forms.sheet import MEDIA_TYPE, Filler, notes_of, sheet_of, window_of
from shared.database.types import AnyRow
from shared.messaging.unit_of_work import unit_of_work
from shared.web.auth import requires
from shared.web.body import JSON, accepts, documented, parsed
from shared.web.caller import Caller
from shared.web.idempotency import Reply, changing_call, once, reply
from shared.web.pagination import Paged, page_of
from shared.web.scopes import Scope
from shared.web.totals import Counted, CountedPage, total_of, with_total

router = APIRouter(prefix="/v1", tags=["forms"])

Reader = Annotated[Caller, requires(Scope.DISCLOSURE_READ)]


async def _wanted(
    form: FormKind,
    month: Annotated[str, Query(max_length=7, description="The statistical month, such as 2026-11.")],
    unit: Annotated[str, Query(max_length=12, description="Code of the city (form A).")] = JIANGSU,
    cutoff_day: Annotated[int | None, Query(ge=1, le=31, description="Last day of a month.")] = None,
) -> Wanted:
    return Wanted(form, unit, month, cutoff_day)


WantedForm = Annotated[Wanted, Depends(_wanted)]


class RowView(BaseModel):
    """One region; `figures` are records (条)."""

    code: str
    name: str
    figures: dict[Figure, int]


class FormView(BaseModel):
    """A form with the window by which it was counted. `buckets` explain what the total holds beside its two parts."""

    form: FormKind
    unit: str
    unit_name: str
    month: str
    cutoff_day: int
    starts_on: date
    ends_on: date
    year_starts_on: date
    stock_from: date
    stock_to: date
    is_closed: bool
    layout: str
    rows: list[RowView]
    total: dict[Figure, int]
    buckets: dict[str, int]
    outside: dict[Figure, int]
    window: str
    notes: str


class EntryView(BaseModel):
    """One record that a figure counts."""

    record_id: str
    region: str
    decided_on: date
    published_on: date
    on_day: date
    bucket: str | None


class FillerBody(BaseModel):
    """What stands in the head of the sheet. It is printed and stored nowhere."""

    model_config = ConfigDict(extra="forbid")
    unit: str = Field(default="", max_length=100)
    person: str = Field(default="", max_length=50)
    mobile: str = Field(default="", max_length=30)
    on_day: date | None = None


class ReportView(BaseModel):
    """A form that was filed: who, when, by which cut-off, and its figures."""

    report_id: str
    form: FormKind
    unit: str
    month: str
    cutoff_day: int
    filed_by: str
    filed_at: datetime
    figures: FormView


_FILLER = TypeAdapter(FillerBody)


@router.get("/forms/{form}", summary="A monthly form, counted from the ledger")
async def get_form(_caller: Reader, desk: Desk, wanted: WantedForm) -> FormView:
    """Form A: a city by its counties. Form B: the province by its cities. Refused when the figures do not add up."""
    async with desk.database.reading() as connection:
        return _view(await count_form(connection, wanted, desk.today()))


@router.get("/forms/{form}/figures/{row}/{column}", summary="The records that one figure counts")
async def get_figure(
    row: str,
    column: Figure,
    _caller: Reader,
    desk: Desk,
    wanted: WantedForm,
    page: Paged,
    counted: Counted = False,
) -> CountedPage[EntryView]:
    """`row` is a region's code, or `total`. The pages together hold as many records as the figure says (G16)."""
    async with desk.database.reading() as connection:
        figure = await open_figure(connection, wanted, desk.today(), row[:12], column)
        rows = await entries_of(connection, figure, page.after, page.fetch)
        every = store.all_counted(figure.column, figure.period, figure.regions)
        total = await total_of(connection, every) if counted else None
    found = page_of(rows, page, position=lambda one: [one.on_day.isoformat(), one.record_id], shown=_entry)
    return with_total(found, total)


@router.post(
    "/forms/{form}/sheet",
    summary="The official sheet (xlsx)",
    response_class=Response,
    openapi_extra=documented(_FILLER, JSON),
)
async def post_sheet(
    request: Request, _caller: Reader, desk: Desk, wanted: WantedForm, _media_type: Annotated[str, accepts(JSON)]
) -> Response:
    """Changes nothing. A POST because the filler's name and number are personal and belong into no address."""
    body = await parsed(request, _FILLER)
    async with desk.database.reading() as connection:
        counted = await count_form(connection, wanted, desk.today())
    filler = Filler(body.unit, body.person, body.mobile, body.on_day or desk.today())
    name = f"form-{wanted.kind}-{wanted.unit}-{counted.period.name}.xlsx"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(sheet_of(counted, filler), media_type=MEDIA_TYPE, headers=headers)


@router.post(
    "/forms/{form}/reports", status_code=201, response_model=ReportView, summary="File a form as it was handed out"
)
async def post_report(
    request: Request, caller: Annotated[Caller, requires(Scope.DISCLOSURE_OPERATE)], desk: Desk, wanted: WantedForm
) -> Response:
    """Keeps the figures with cut-off and window (Q11); only a month that is over can be filed."""
    call = await changing_call(request, caller)
    async with unit_of_work(desk.database, desk.clock) as work:

        async def produce() -> Reply:
            counted, row = await file_form(work, wanted, caller.client_id, lambda one: _view(one).model_dump_json())
            return reply(201, ReportView(**row, filed_at=work.now, figures=_view(counted)))

        return await once(work, call, produce)


def _view(counted: CountedForm) -> FormView:
    form, period, total = counted.form, counted.period, counted.form.total
    return FormView(
        form=form.kind,
        unit=form.unit,
        unit_name=form.unit_name,
        month=period.name,
        cutoff_day=period.cutoff_day,
        starts_on=period.starts_on,
        ends_on=period.ends_on,
        year_starts_on=period.year_starts_on,
        stock_from=period.stock_from,
        stock_to=period.stock_to,
        is_closed=counted.is_closed,
        layout=counted.layout.version,
        rows=[RowView(code=row.code, name=row.name, figures=row.figures.printed()) for row in form.rows],
        total=total.printed(),
        buckets={
            "abnormal": total.exit_month_abnormal,
            "repair": total.exit_month_repair,
            "expired": total.exit_month_expired,
            "revoked": total.exit_month_revoked,
            "rule": total.exit_month_rule,
        },
        outside=form.outside.printed(),
        window=window_of(counted),
        notes=notes_of(counted),
    )


def _entry(row: AnyRow) -> EntryView:
    names: tuple[str, ...] = tuple(EntryView.model_fields)
    values: dict[str, Any] = {name: getattr(row, name) for name in names}
    return EntryView(**values)
