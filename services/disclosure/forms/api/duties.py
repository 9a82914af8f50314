"""`/v1/form-reports` and `/v1/form-reminders`: which forms were filed by whom and when, and who was reminded."""

import json
from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from services.disclosure.api.cursors import after_text, after_texts
from services.disclosure.api.desk import Desk
from services.disclosure.forms import store
from services.disclosure.forms.api.counting import Reader, ReportView
from services.disclosure.forms.domain.form import FormKind
from shared.errors import NOT_FOUND, Problem
from shared.web.identifier import identifier
from shared.web.pagination import Page, Paged, page_of

router = APIRouter(prefix="/v1", tags=["forms"])

Unit = Annotated[str | None, Query(max_length=12, pattern="^[0-9A-Z-]+$")]
Month = Annotated[str | None, Query(pattern="^20[0-9]{2}-(0[1-9]|1[0-2])$")]


class FiledView(BaseModel):
    """A form that was filed, without its figures."""

    report_id: str
    form: FormKind
    unit: str
    month: str
    cutoff_day: int
    layout: str
    filed_by: str
    filed_at: datetime


class FormReminderView(BaseModel):
    """A form that was or is due: the reminder, and who filed it first. `outcome` is `sent` or `not_needed`."""

    form: FormKind
    unit: str
    month: str
    due_on: date
    remind_on: date
    channel: str | None
    outcome: str | None
    settled_at: datetime | None
    filed_by: str | None
    filed_at: datetime | None


@router.get("/form-reports", summary="The forms that were filed, newest first")
async def get_reports(
    _caller: Reader, desk: Desk, page: Paged, form: FormKind | None = None, unit: Unit = None, month: Month = None
) -> Page[FiledView]:
    wanted = {"form": form, "unit": unit, "month": month}
    async with desk.database.reading() as connection:
        rows = await store.list_reports(connection, wanted, after_text(page.after), page.fetch)
    return page_of(rows, page, position=lambda row: [row.report_id], shown=lambda row: FiledView(**row._mapping))


@router.get("/form-reports/{report_id}", summary="A form that was filed")
async def get_report(report_id: str, _caller: Reader, desk: Desk) -> ReportView:
    """As it was filed, whatever the ledger says since."""
    async with desk.database.reading() as connection:
        row = await store.read_report(connection, identifier(report_id))
    if row is None:
        raise Problem(NOT_FOUND, "No such form was filed.")
    return ReportView(**{**row._mapping, "figures": json.loads(row.figures)})


@router.get("/form-reminders", summary="Forms that are due, who was reminded, and who filed")
async def get_form_reminders(_caller: Reader, desk: Desk, page: Paged) -> Page[FormReminderView]:
    """The newest month first. A reminder goes out on the last working day before the form is due."""
    after = after_texts(page.after, 3)
    async with desk.database.reading() as connection:
        rows = await store.list_duties(connection, (after[0], after[1], after[2]) if after else None, page.fetch)
    return page_of(
        rows,
        page,
        position=lambda row: [row.month, row.form, row.unit],
        shown=lambda row: FormReminderView(**{name: getattr(row, name) for name in FormReminderView.model_fields}),
    )
