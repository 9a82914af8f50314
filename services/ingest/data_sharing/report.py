"""Completeness of what lower levels send (下级归集完整性): for each authority of a period, and by region (C04).

It counts what arrived. What should have arrived and did not is known to nobody here; days without data hint at it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from services.ingest.data_sharing import store
from services.ingest.data_sharing.domain.figures import FIGURES
from services.ingest.data_sharing.domain.signing import days_between
from shared.database.connection import AsyncConnection
from shared.database.types import AnyRow
from shared.errors import MALFORMED, Problem
from shared.identifiers import current_division_of
from shared.workdays import WorkCalendar

MOST_DAYS = 366

HEAD = (
    "地区", "地区名称", "机关代码", "收到（条）", "新增", "更正", "未变化", "待核", "撤回", "逾期报送",
    "按时率（%）", "待核率（%）", "工作日（天）", "有数据的工作日（天）", "最近一次",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Completeness:
    """One authority; `authority_code` is empty for rows whose authority could not be read."""

    region: str
    region_name: str
    authority_code: str
    figures: dict[str, int]
    working_days: int
    days_with_data: int
    last_received_on: date

    @property
    def on_time_percent(self) -> float | None:
        """Of the decisions that were reported for the first time."""
        new = self.figures["admitted"]
        return round(100 * (new - self.figures["late"]) / new, 1) if new else None

    @property
    def quarantined_percent(self) -> float | None:
        received = self.figures["received"]
        return round(100 * self.figures["quarantined"] / received, 1) if received else None

    def cells(self) -> tuple[str | int | float | None, ...]:
        """The line of the sheet, in the order of `HEAD`."""
        return (
            self.region,
            self.region_name,
            self.authority_code,
            *(self.figures[name] for name in FIGURES),
            self.on_time_percent,
            self.quarantined_percent,
            self.working_days,
            self.days_with_data,
            self.last_received_on.isoformat(),
        )


async def report_completeness(
    connection: AsyncConnection, calendar: WorkCalendar, first: date, last: date
) -> Sequence[Completeness]:
    """By region and authority. Raises `Problem` for a period that is upside down or longer than a year."""
    if not first <= last or (last - first).days >= MOST_DAYS:
        reason = f"from the first to the last day, at most {MOST_DAYS} days"
        raise Problem(MALFORMED, "The period cannot be used.", errors=[{"field": "to", "reason": reason}])
    worked = [day for day in days_between(first, last) if calendar.is_working_day(day)]
    rows = await store.count_completeness(connection, first, last, worked)
    return sorted((_line(row, len(worked)) for row in rows), key=lambda one: (one.region, one.authority_code))


def _line(row: AnyRow, working_days: int) -> Completeness:
    division = current_division_of(row.authority_code[2:8])
    return Completeness(
        division.code if division else row.authority_code[2:8],
        division.name if division else "",
        row.authority_code,
        {name: int(row._mapping[name]) for name in FIGURES},
        working_days,
        int(row.days_with_data),
        row.last_received_on,
    )
