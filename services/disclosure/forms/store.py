"""Queries of the forms: one statement counts a month, and the same conditions list a figure's records."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    Select,
    and_,
    bindparam,
    func,
    insert,
    literal,
    not_,
    or_,
    select,
    tuple_,
    union_all,
    update,
)

from services.disclosure.domain.display import PublicationState
from services.disclosure.forms.domain.buckets import Bucket, What
from services.disclosure.forms.domain.duty import FormDuty
from services.disclosure.forms.domain.figures import NAMES, Figures
from services.disclosure.forms.domain.period import Period
from services.disclosure.forms.tables import form_reminder, form_report, ledger_entry
from services.disclosure.tables import disclosed_record, foreseen_end, foresees, publication
from shared.database.connection import AsyncConnection
from shared.database.types import AnyRow
from shared.database.upsert import insert_new
from shared.messaging.unit_of_work import UnitOfWork
from shared.vocabulary import Audience, RecordKind, SubjectKind

_STOCK = "stock_3y"
_entered, _reminded = ledger_entry.c, form_reminder.c


def condition(name: str, period: Period) -> ColumnElement[bool]:
    """Which entries of the ledger a figure counts."""
    return _conditions(period)[name]


def _conditions(period: Period) -> dict[str, ColumnElement[bool]]:
    published, exited = _entered.what == What.PUBLISHED, _entered.what == What.EXITED
    in_month = _entered.on_day.between(period.starts_on, period.ends_on)
    in_year = _entered.on_day.between(period.year_starts_on, period.ends_on)
    in_stock = _entered.decided_on.between(period.stock_from, period.stock_to)
    left = and_(exited, in_month)
    return {
        "stock_3y": and_(published, _entered.on_day <= period.ends_on, in_stock),
        "exit_month": left,
        "exit_month_abnormal": and_(left, _entered.bucket == Bucket.ABNORMAL),
        "exit_month_repair": and_(left, _entered.bucket == Bucket.REPAIR),
        "exit_month_expired": and_(left, _entered.bucket == Bucket.EXPIRED),
        "exit_month_revoked": and_(left, _entered.bucket == Bucket.REVOKED),
        "exit_month_rule": and_(left, _entered.bucket == Bucket.RULE),
        "exit_ytd": and_(exited, in_year),
        "exit_ytd_older": and_(exited, in_year, not_(in_stock), _entered.published_on < period.year_starts_on),
        "new_month": and_(published, in_month),
        "new_ytd": and_(published, in_year),
    }


async def count_by_region(
    connection: AsyncConnection, period: Period, before: Period
) -> tuple[dict[str, Figures], dict[str, Figures]]:
    """All figures of a month by the region code of the ledger, and of the month before the exits of its year.

    One statement, so that both are of one moment. It reads the year by the index, and all years for the stock alone.
    """
    rows = (await connection.execute(union_all(_stock(period), _moved(period, before)))).all()
    figures: dict[str, Figures] = {}
    for row in rows:
        counted = Figures(*(getattr(row, name) for name in NAMES))
        figures[row.region] = figures.get(row.region, Figures()) + counted
    earlier = {row.region: Figures(exit_ytd=row.exit_ytd_before) for row in rows if row.exit_ytd_before}
    return figures, earlier


def _stock(period: Period) -> Select[Any]:
    """The one figure that looks back over all years."""
    counts = [(func.count() if name == _STOCK else literal(0)).label(name) for name in (*NAMES, "exit_ytd_before")]
    return select(_entered.region, *counts).where(condition(_STOCK, period)).group_by(_entered.region)


def _moved(period: Period, before: Period) -> Select[Any]:
    """What came and left since the year began, of which the month is a part."""
    conditions = _conditions(period) | {"exit_ytd_before": _conditions(before)["exit_ytd"]}
    counts = [
        literal(0).label(name) if name == _STOCK else func.count().filter(conditions[name]).label(name)
        for name in (*NAMES, "exit_ytd_before")
    ]
    since = min(period.year_starts_on, before.year_starts_on)
    in_years = and_(_entered.what.in_(tuple(What)), _entered.on_day.between(since, period.ends_on))
    return select(_entered.region, *counts).where(in_years).group_by(_entered.region)


async def list_regions(connection: AsyncConnection, name: str, period: Period) -> set[str]:
    """The region codes of which a figure counts anything."""
    return set(await connection.scalars(select(_entered.region).distinct().where(condition(name, period))))


async def list_counted(
    connection: AsyncConnection,
    name: str,
    period: Period,
    regions: Sequence[str],
    after: tuple[date, str] | None,
    limit: int,
) -> Sequence[AnyRow]:
    """The records that a figure counts, by day and identifier."""
    statement = all_counted(name, period, regions)
    if after is not None:
        day, record_id = after
        statement = statement.where(
            or_(_entered.on_day > day, and_(_entered.on_day == day, _entered.record_id > record_id))
        )
    return (await connection.execute(statement.order_by(_entered.on_day, _entered.record_id).limit(limit))).all()


def all_counted(name: str, period: Period, regions: Sequence[str]) -> Select[Any]:
    """The same without an end and an order."""
    return select(ledger_entry).where(condition(name, period), _entered.region.in_(regions))


async def count_late(connection: AsyncConnection, by: date) -> int:
    """Penalties whose window ended by this day and which nobody has taken down yet: the ledger is behind by them."""
    shown, record = publication.c, disclosed_record.c
    counted = (
        select(shown.record_id)
        .join(disclosed_record, shown.record_id == record.record_id)
        .where(
            shown.state == PublicationState.ONLINE,
            shown.audience == Audience.OWN_COLUMN,
            record.kind == RecordKind.PENALTY,
            record.subject_kind != SubjectKind.NATURAL_PERSON,
        )
    )
    over = select(func.count()).select_from(counted.where(shown.offline_on <= by).subquery())
    # Begins with the few that are foreseen: as a join, SQLite began with all that is online (1.1 s of 1,000,000).
    waiting = counted.where(foresees, shown.offline_on > by).correlate(foreseen_end).exists()
    foreseen = select(func.count()).select_from(foreseen_end).where(foreseen_end.c.ends_on <= by, waiting)
    return (await connection.scalar(over) or 0) + (await connection.scalar(foreseen) or 0)


async def store_report(work: UnitOfWork, row: dict[str, object]) -> None:
    await work.connection.execute(insert(form_report), {**row, "filed_at": work.now})


async def read_report(connection: AsyncConnection, report_id: str) -> AnyRow | None:
    return (await connection.execute(select(form_report).where(form_report.c.report_id == report_id))).one_or_none()


async def list_reports(
    connection: AsyncConnection, wanted: Mapping[str, str | None], after: str | None, limit: int
) -> Sequence[AnyRow]:
    """Filed forms, newest first, without their figures. `wanted` are values of `form`, `unit` and `month`."""
    columns = form_report.c
    statement = (
        select(*(column for column in columns if column.name != "figures"))
        .where(*(columns[name] == value for name, value in wanted.items() if value is not None))
        .order_by(columns.report_id.desc())
        .limit(limit)
    )
    if after is not None:
        statement = statement.where(columns.report_id < after)
    return (await connection.execute(statement)).all()


async def read_reminded(connection: AsyncConnection, months: Collection[str]) -> set[tuple[str, str, str]]:
    """The forms of these months of which somebody was reminded."""
    rows = await connection.execute(
        select(_reminded.form, _reminded.unit, _reminded.month).where(_reminded.month.in_(months))
    )
    return {(row.form, row.unit, row.month) for row in rows}


async def insert_reminders(work: UnitOfWork, duties: Sequence[FormDuty]) -> None:
    """Two timers that found the same form make one reminder."""
    rows = [
        {**asdict(duty), "created_at": work.now, "channel": None, "outcome": None, "settled_at": None}
        for duty in duties
    ]
    await work.connection.execute(insert_new(work.dialect, form_reminder), rows)


async def read_waiting(connection: AsyncConnection) -> Sequence[AnyRow]:
    """Reminders not yet sent, each with the day on which its form was filed."""
    filed_at = _filed("filed_at").label("filed_at")
    statement = select(form_reminder, filed_at).where(_reminded.settled_at.is_(None)).order_by(_reminded.created_at)
    return (await connection.execute(statement)).all()


async def settle(work: UnitOfWork, rows: Sequence[AnyRow], *, outcome: str, channel: str | None) -> None:
    keys = ("form", "unit", "month")
    statement = (
        update(form_reminder)
        .where(*(_reminded[key] == bindparam(f"b_{key}") for key in keys), _reminded.settled_at.is_(None))
        .values(outcome=outcome, channel=channel, settled_at=work.now)
    )
    if rows:
        await work.connection.execute(statement, [{f"b_{key}": getattr(row, key) for key in keys} for row in rows])


async def count_overdue(connection: AsyncConnection, today: date) -> int:
    """Forms of which somebody was reminded, whose due day is over, and which nobody has filed."""
    statement = select(func.count()).select_from(form_reminder)
    late = statement.where(_reminded.due_on < today, _filed("filed_at").is_(None))
    return await connection.scalar(late) or 0


async def list_duties(connection: AsyncConnection, after: tuple[str, str, str] | None, limit: int) -> Sequence[AnyRow]:
    """Forms of which somebody was reminded, newest month first, with who filed each first, and when."""
    key = (_reminded.month, _reminded.form, _reminded.unit)
    statement = (
        select(form_reminder, _filed("filed_by").label("filed_by"), _filed("filed_at").label("filed_at"))
        .order_by(*(column.desc() for column in key))
        .limit(limit)
    )
    if after is not None:
        statement = statement.where(tuple_(*key) < after)
    return (await connection.execute(statement)).all()


def _filed(name: str) -> ScalarSelect[Any]:
    """A column of the first report of the form that a reminder is about."""
    columns = form_report.c
    same = (columns[key] == _reminded[key] for key in ("form", "unit", "month"))
    first = select(columns[name]).where(*same).order_by(columns.report_id).limit(1)
    return first.correlate(form_reminder).scalar_subquery()
