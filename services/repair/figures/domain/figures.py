"""The figures of a period as values: first-pass rate, time per step, limits, forecast, subjects with records. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from services.repair.applications.domain.case import Action


class Grouping(StrEnum):
    """By what the figures are told apart."""

    ALL = "all"  # 合计
    REGION = "region"  # 按地区
    RULE = "rule"  # 按规则
    BOTH = "region-and-rule"  # 按地区和规则

    @property
    def by_region(self) -> bool:
        return self in (Grouping.REGION, Grouping.BOTH)

    @property
    def by_rule(self) -> bool:
        return self in (Grouping.RULE, Grouping.BOTH)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Applications filed from `since` to `until`, of one region (a prefix of its code) or of all."""

    since: date
    until: date
    grouping: Grouping = Grouping.ALL
    region: str = ""


@dataclass(frozen=True, slots=True, order=True)
class Group:
    """Whose figures these are; empty where they are not told apart.

    `rule` is the generation of the procedure by which an application is handled; for subjects it is the rule by which
    a record is shown.
    """

    region: str = ""
    rule: str = ""


@dataclass(frozen=True, slots=True)
class FirstPass:
    """一次通过率: of the applications whose papers were judged, those that were accepted without any supplement."""

    group: Group
    filed: int
    judged: int
    passed: int

    @property
    def rate(self) -> float | None:
        return self.passed / self.judged if self.judged else None


@dataclass(frozen=True, slots=True)
class StepTime:
    """办理用时: from the step before to this one, in days as the law counts them and in hours of working days."""

    group: Group
    step: Action
    taken: int
    average_days: float
    worst_days: int
    average_hours: float
    worst_hours: float
    slowest: str  # the application that took the most hours


@dataclass(frozen=True, slots=True)
class Load:
    """期限: what runs now and is overdue, and what ended in time and too late among the applications of the period."""

    group: Group
    clock: str
    running: int
    standing_still: int
    overdue: int
    kept: int
    missed: int


@dataclass(frozen=True, slots=True)
class DueDay:
    """临期预测: limits that end with one day."""

    group: Group
    clock: str
    on: date
    due: int


@dataclass(frozen=True, slots=True)
class SubjectShare:
    """失信主体占比: of all subjects that disclosure ever told of, those with a record of discredit that is shown."""

    group: Group
    subjects: int
    with_records: int

    @property
    def share(self) -> float | None:
        return self.with_records / self.subjects if self.subjects else None


@dataclass(frozen=True, slots=True)
class Figures:
    """All of them, as of one day; the forecast reaches to `forecast_until`."""

    as_of: date
    forecast_until: date
    wanted: Wanted
    first_pass: Sequence[FirstPass]
    steps: Sequence[StepTime]
    limits: Sequence[Load]
    forecast: Sequence[DueDay]
    subjects: Sequence[SubjectShare]
