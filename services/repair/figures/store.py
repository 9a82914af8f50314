"""Queries of the figures: one statement each, whatever the number of applications, grouped by the database."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Integer, and_, case, func, or_, select
from sqlalchemy.sql.elements import KeyedColumnElement

from services.repair.applications.clocks import RUNS
from services.repair.applications.domain.case import Action, ApplicationState
from services.repair.applications.tables import application, application_clock, application_step
from services.repair.figures.domain.figures import Grouping, Wanted
from services.repair.tables import shown_record
from shared.database.connection import AsyncConnection
from shared.database.types import AnyRow, Instant

_AT_ONCE = 2_000
_clock = application_clock.c


async def count_first_pass(connection: AsyncConnection, wanted: Wanted) -> Sequence[AnyRow]:
    """Filed, judged and passed. A supplement that is asked for after the acceptance counts against it too."""
    columns = application.c
    keys = _keys(wanted.grouping, columns.region, columns.generation)
    asked = columns.supplement_requested_on.is_not(None)
    judged = or_(columns.accepted_on.is_not(None), asked, columns.state == ApplicationState.DECLINED)
    passed = and_(columns.accepted_on.is_not(None), columns.supplement_requested_on.is_(None))
    counted = select(*keys, func.count().label("filed"), _number(judged, "judged"), _number(passed, "passed"))
    return (await connection.execute(counted.where(_filed(wanted)).group_by(*keys))).all()


async def stream_steps(connection: AsyncConnection, wanted: Wanted) -> AsyncIterator[Sequence[AnyRow]]:
    """Every step but the filing, with the instant of the step before it; some at a time, in no order."""
    columns, of = application_step.c, application.c
    began_at = func.lag(columns.taken_at, type_=Instant).over(
        partition_by=columns.application_id, order_by=columns.version
    )
    paired = (
        select(
            columns.application_id,
            columns.action,
            columns.taken_at,
            began_at.label("began_at"),
            *_keys(wanted.grouping, of.region, of.generation),
        )
        .join(application, of.application_id == columns.application_id)
        .where(_filed(wanted))
        .subquery()
    )
    statement = select(paired).where(paired.c.action != Action.FILE)
    async with connection.stream(statement) as result:
        async for rows in result.partitions(_AT_ONCE):
            yield rows


async def count_limits(connection: AsyncConnection, wanted: Wanted, now: datetime) -> Sequence[AnyRow]:
    """What runs now, whenever it was filed, and how the limits of the period ended."""
    keys = (*_keys(wanted.grouping, application.c.region, application.c.generation), _clock.clock)
    within = and_(application.c.filed_on >= wanted.since, application.c.filed_on <= wanted.until)
    statement = (
        select(
            *keys,
            _number(RUNS, "running"),
            _number(and_(_clock.ended_at.is_(None), _clock.due_at.is_(None)), "standing_still"),
            _number(and_(RUNS, _clock.due_at <= now), "overdue"),
            _number(and_(within, _clock.kept.is_(True)), "kept"),
            _number(and_(within, _clock.kept.is_(False)), "missed"),
        )
        .join(application, application.c.application_id == _clock.application_id)
        .where(_in_region(application.c.region, wanted), or_(_clock.ended_at.is_(None), within))
        .group_by(*keys)
    )
    return (await connection.execute(statement)).all()


async def count_due(connection: AsyncConnection, wanted: Wanted, after: datetime, until: datetime) -> Sequence[AnyRow]:
    """Running limits that end after one instant and up to another, by instant."""
    keys = (*_keys(wanted.grouping, application.c.region, application.c.generation), _clock.clock, _clock.due_at)
    statement = (
        select(*keys, func.count().label("due"))
        .join(application, application.c.application_id == _clock.application_id)
        .where(RUNS, _clock.due_at > after, _clock.due_at <= until, _in_region(application.c.region, wanted))
        .group_by(*keys)
    )
    return (await connection.execute(statement)).all()


async def count_subjects(connection: AsyncConnection, wanted: Wanted) -> Sequence[AnyRow]:
    """Each subject once a group, and whether a record of discredit (失信信息) of it is shown to anybody."""
    columns = shown_record.c
    keys = _keys(wanted.grouping, columns.region, columns.rule_id)
    shown = and_(columns.online, columns.severity.is_not(None))
    each = (
        select(*keys, func.max(case((shown, 1), else_=0)).label("has_one"))
        .where(columns.subject_key.is_not(None), _in_region(columns.region, wanted))
        .group_by(*keys, columns.subject_key)
        .subquery()
    )
    grouped = [each.c[key.key] for key in keys]
    sums = select(*grouped, func.count().label("subjects"), func.coalesce(func.sum(each.c.has_one), 0).label("open"))
    return (await connection.execute(sums.group_by(*grouped))).all()


def _keys(
    grouping: Grouping, region: ColumnElement[str], rule: ColumnElement[str]
) -> tuple[KeyedColumnElement[Any], ...]:
    keys: list[KeyedColumnElement[Any]] = []
    if grouping.by_region:
        keys.append(region.label("region"))
    if grouping.by_rule:
        keys.append(rule.label("rule"))
    return tuple(keys)


def _filed(wanted: Wanted) -> ColumnElement[bool]:
    filed_on = application.c.filed_on
    return and_(filed_on >= wanted.since, filed_on <= wanted.until, _in_region(application.c.region, wanted))


def _in_region(column: ColumnElement[str], wanted: Wanted) -> ColumnElement[bool]:
    return and_(True, *([column.startswith(wanted.region, autoescape=True)] if wanted.region else []))


def _number(which: ColumnElement[bool], name: str) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((which, 1), else_=0)), 0, type_=Integer).label(name)
