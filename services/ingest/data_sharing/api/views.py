"""How the list, its sign-offs, tickets and sources look to a program."""

import json
from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from services.ingest.data_sharing.domain.figures import FIGURES
from services.ingest.data_sharing.domain.signing import AnomalyState
from services.ingest.data_sharing.report import Completeness
from services.ingest.data_sharing.watch import Watched
from services.ingest.duties.domain.duty import Duties, Duty, departments_with
from shared.database.types import AnyRow
from shared.vocabulary import RecordKind

HEAD = ("日期", "数据来源（客户端）", "机关代码", "类别", "收到（条）", "新增", "更正", "未变化", "待核", "撤回",
        "逾期报送", "最近一次（UTC）")  # fmt: skip


class FiguresView(BaseModel):
    """Rows; the verdicts sum to `received`. `late`: reported later than the duty allows."""

    received: int
    admitted: int
    amended: int
    unchanged: int
    quarantined: int
    voided: int
    late: int


class LineView(FiguresView):
    """One source, authority and kind on one day; the authority is empty where it could not be read."""

    source: str
    authority_code: str
    kind: RecordKind
    last_received_at: datetime


class SignOffView(BaseModel):
    """Who checked the day. `changed_since`: the figures are not those that were signed."""

    day: date
    signed_by: str
    role: str
    remark: str
    digest: str
    figures: FiguresView
    signed_at: datetime
    changed_since: bool


class DayView(BaseModel):
    """A day's list, page by page. `is_provisional`: its year is not announced. `late` is counted again when
    that year is loaded, and a signed day whose figures moved says so."""

    day: date
    is_working_day: bool
    is_provisional: bool
    digest: str
    sums: FiguresView
    sign_off: SignOffView | None
    items: list[LineView]
    next: str | None = Field(description="Cursor of the following page.")


class DaySummary(BaseModel):
    """One day of the overview."""

    day: date
    is_working_day: bool
    sums: FiguresView
    signed_by: str | None
    changed_since: bool


class UnsignedDay(BaseModel):
    """A working day that is over and that nobody has signed."""

    day: date
    sums: FiguresView


class SignOffBody(BaseModel):
    """`digest` is that of the figures that the officer saw; `role` his post (岗位), which begins with a department that
    has the duty `data_sharing`. Who he is says the token."""

    model_config = ConfigDict(extra="forbid")
    role: str = Field(min_length=1, max_length=100)
    remark: str = Field(default="", max_length=2000)
    digest: str = Field(min_length=32, max_length=32)


class AnomalyBody(BaseModel):
    """What was missing or failed; `source` empty: the day as a whole."""

    model_config = ConfigDict(extra="forbid")
    source: str = Field(default="", max_length=120)
    description: str = Field(min_length=1, max_length=2000)


class ResolutionBody(BaseModel):
    """What was done about it."""

    model_config = ConfigDict(extra="forbid")
    resolution: str = Field(min_length=1, max_length=2000)


class AnomalyView(BaseModel):
    """One ticket."""

    anomaly_id: str
    on_day: date
    source: str
    description: str
    state: AnomalyState
    opened_by: str
    opened_at: datetime
    resolved_by: str | None
    resolution: str | None
    resolved_at: datetime | None


class RhythmBody(BaseModel):
    """In how many working days something should come; 0: nothing is expected any more, null: the usual."""

    model_config = ConfigDict(extra="forbid")
    source: str = Field(min_length=1, max_length=120)
    kind: RecordKind
    expected_working_days: int | None = Field(ge=0, le=250)
    reason: str = Field(min_length=1, max_length=500)


class SourceView(BaseModel):
    """One source and kind. `silent_working_days` are over and brought nothing; `departments` answer for the kind."""

    source: str
    kind: RecordKind
    first_received_on: date
    last_received_on: date
    last_received_at: datetime
    expected_working_days: int
    expectation_is_set: bool
    silent_working_days: int
    is_silent: bool
    is_provisional: bool
    departments: list[str]


class CompletenessView(FiguresView):
    """One authority of the period."""

    region: str
    region_name: str
    authority_code: str
    on_time_percent: float | None
    quarantined_percent: float | None
    working_days: int
    days_with_data: int
    last_received_on: date


def line(row: AnyRow) -> LineView:
    return LineView(**row._mapping)


def cells(day: date, row: AnyRow) -> tuple[str | int, ...]:
    """The line of the sheet, in the order of `HEAD`."""
    figures = tuple(int(row._mapping[name]) for name in FIGURES)
    at = row.last_received_at.isoformat(timespec="seconds")
    return (day.isoformat(), row.source, row.authority_code, row.kind, *figures, at)


def sign_off(row: AnyRow, digest: str) -> SignOffView:
    return SignOffView(
        day=row.on_day,
        signed_by=row.signed_by,
        role=row.role,
        remark=row.remark,
        digest=row.digest,
        figures=FiguresView(**json.loads(row.figures)),
        signed_at=row.signed_at,
        changed_since=row.digest != digest,
    )


def source(one: Watched, duties: Duties) -> SourceView:
    return SourceView(
        departments=list(departments_with(duties, Duty(one.kind))),
        source=one.source,
        kind=RecordKind(one.kind),
        first_received_on=one.first_received_on,
        last_received_on=one.last_received_on,
        last_received_at=one.last_received_at,
        expected_working_days=one.silence.expected,
        expectation_is_set=one.is_set,
        silent_working_days=one.silence.working_days,
        is_silent=one.silence.is_too_long,
        is_provisional=one.is_provisional,
    )


def completeness(one: Completeness) -> CompletenessView:
    values: dict[str, Any] = {name: getattr(one, name) for name in CompletenessView.model_fields if name not in FIGURES}
    return CompletenessView(**values, **one.figures)
