"""The figures of one row of a form, counted in records (条), and how they add up."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from enum import StrEnum


class Figure(StrEnum):
    """The printed figures; each can be opened into the records that it counts (guarantee G16)."""

    STOCK_3Y = "stock_3y"  # 近三年已公示
    EXIT_MONTH = "exit_month"  # 本月合计清理退出
    EXIT_MONTH_ABNORMAL = "exit_month_abnormal"  # 其中：清理异常经营主体
    EXIT_MONTH_REPAIR = "exit_month_repair"  # 因信用修复清理退出
    EXIT_YTD = "exit_ytd"  # 今年以来累计清理退出
    NEW_MONTH = "new_month"  # 本月新增公示


@dataclass(frozen=True, slots=True)
class Figures:
    """One row. The last five are not printed: they explain the total and serve the checks."""

    stock_3y: int = 0
    exit_month: int = 0
    exit_month_abnormal: int = 0
    exit_month_repair: int = 0
    exit_ytd: int = 0
    new_month: int = 0
    exit_month_expired: int = 0
    exit_month_revoked: int = 0
    exit_month_rule: int = 0
    new_ytd: int = 0
    exit_ytd_older: int = 0

    def __add__(self, other: "Figures") -> "Figures":
        return Figures(*(getattr(self, name) + getattr(other, name) for name in NAMES))

    def printed(self) -> dict[Figure, int]:
        return {figure: getattr(self, figure) for figure in Figure}


NAMES = tuple(field.name for field in fields(Figures))


def total_of(rows: Iterable[Figures]) -> Figures:
    return sum(rows, start=Figures())
