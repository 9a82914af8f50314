"""Why each day of a record is what it is: from which day it was counted, by which rule, and which days were skipped.

Only retells what is stored with the window; the working days are those of the calendar in force. Pure. Serves G03, G11.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from services.disclosure.domain.graver import Promise
from shared.clock import legal_date
from shared.database.types import AnyRow
from shared.policy.deadlines import deadlines
from shared.policy.model import Window
from shared.workdays import WorkCalendar

_DAY = timedelta(days=1)


class DayKind(StrEnum):
    """What a day is for: 决定日, 首次报送, 公示起, 最迟公示, 可申请修复, 最后公示日, 撤下日, 新规提前撤下, 最迟撤下."""

    DECIDED = "decided"
    SUBMITTED = "submitted"
    OPENS = "opens"
    PUBLISH_BY = "publish_by"
    REPAIR_FROM = "repair_from"
    CLOSES = "closes"
    OFFLINE = "offline"
    FORESEEN_END = "foreseen_end"
    TAKE_DOWN_BY = "take_down_by"


@dataclass(frozen=True)
class Basis:
    """One day with its reasons. `skipped` are the days of a working-day term on which offices do not work."""

    what: DayKind
    day: date
    audiences: tuple[str, ...] = ()
    counted_from: date | None = None
    working_days: int | None = None
    skipped: tuple[date, ...] = ()
    provisional: bool = False
    rule_id: str | None = None
    article: str | None = None
    pack_version: str | None = None
    confidence: str | None = None
    start: str | None = None
    awaits_confirmation: bool = False


def bases_of(row: AnyRow, window: Window, promise: Promise | None, calendar: WorkCalendar) -> list[Basis]:
    """The days of one audience, in the order of the calendar."""
    origin = window.provenance
    rule = Basis(
        DayKind.CLOSES,
        date.min,
        (row.audience,),
        rule_id=origin.rule_id or None,
        article=origin.article or None,
        pack_version=origin.pack_version,
        start=origin.count_from,
    )
    days = [
        (DayKind.OPENS, row.opens_on),
        (DayKind.CLOSES, row.closes_on),
        (DayKind.OFFLINE, row.offline_on),
        (DayKind.FORESEEN_END, row.foreseen_end_on),
    ]
    found = [replace(rule, what=what, day=day) for what, day in days if day is not None]
    if promise is not None:
        found.append(_repair(row, promise))
    return found + ([_due(row, calendar)] if row.due_at else [])


def _repair(row: AnyRow, promise: Promise) -> Basis:
    """While a graver class waits for a person, repair is possible on no earlier day than this (R07)."""
    return Basis(
        DayKind.REPAIR_FROM,
        promise.day,
        (row.audience,),
        rule_id=promise.rule_id,
        article=promise.article,
        pack_version=promise.pack_version,
        awaits_confirmation=row.needs_confirmation,
    )


def merged(bases: Iterable[Basis]) -> list[Basis]:
    """Days that are the same for several audiences stand once, in the order of the calendar."""
    found: dict[Basis, tuple[str, ...]] = {}
    for basis in bases:
        key = replace(basis, audiences=())
        found[key] = (*found.get(key, ()), *basis.audiences)
    order = list(DayKind)
    together = [replace(key, audiences=audiences) for key, audiences in found.items()]
    return sorted(together, key=lambda basis: (basis.day, order.index(basis.what)))


def _due(row: AnyRow, calendar: WorkCalendar) -> Basis:
    what = DayKind.PUBLISH_BY if row.state == "online" else DayKind.TAKE_DOWN_BY
    day = legal_date(row.due_at - timedelta(microseconds=1))
    basis = Basis(what, day, (row.audience,), provisional=row.due_provisional)
    known = deadlines().get(row.due_deadline or "")
    if known is None or row.due_from is None:
        return basis
    between = (row.due_from + _DAY * number for number in range(1, (day - row.due_from).days + 1))
    return replace(
        basis,
        counted_from=row.due_from,
        # Counted back: another number may be in force by now than the one by which the day was counted.
        working_days=calendar.working_days_between(row.due_from, day),
        skipped=tuple(one for one in between if not calendar.is_working_day(one)),
        rule_id=known.name,
        article=known.citation,
        confidence=known.confidence,
    )
