"""Writes figures as tables: one CSV of one table, or one workbook of all. It computes nothing."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from io import BytesIO, StringIO
from types import MappingProxyType
from typing import Any

from services.repair.figures.domain.figures import Figures, Group
from shared.identifiers import current_division_of
from shared.workbooks import workbook

CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_MARK = "\ufeff"  # without it spreadsheet programs take UTF-8 for a local encoding
_WIDTH = 18

Cell = str | int | float


class Table(StrEnum):
    """The tables of the figures."""

    PAPERS = "papers"  # 一次通过率
    STEPS = "steps"  # 办理用时
    LIMITS = "limits"  # 期限
    FORECAST = "forecast"  # 临期预测
    SUBJECTS = "subjects"  # 失信主体占比


@dataclass(frozen=True)
class _Head:
    """The name of a table on its sheet, and its columns: as programs and as people call them."""

    name: str
    columns: Mapping[str, str]


_GROUP = {"region": "地区代码", "region_name": "地区", "rule": "规则"}
_HEADS: Mapping[Table, _Head] = MappingProxyType(
    {
        Table.PAPERS: _Head(
            "一次通过率", {"filed": "申请数", "judged": "已审材料", "passed": "一次通过", "rate": "一次通过率"}
        ),
        Table.STEPS: _Head(
            "办理用时",
            {
                "step": "环节",
                "taken": "次数",
                "average_days": "平均工作日",
                "worst_days": "最长工作日",
                "average_hours": "平均小时（工作日内）",
                "worst_hours": "最长小时（工作日内）",
                "slowest": "最慢的申请",
            },
        ),
        Table.LIMITS: _Head(
            "期限",
            {
                "clock": "期限",
                "running": "进行中",
                "standing_still": "中止",
                "overdue": "已超期",
                "kept": "按期办结",
                "missed": "超期办结",
            },
        ),
        Table.FORECAST: _Head("临期预测", {"clock": "期限", "on": "到期日", "due": "件数"}),
        Table.SUBJECTS: _Head(
            "失信主体占比", {"subjects": "主体数", "with_records": "有失信信息公示的主体", "share": "占比"}
        ),
    }
)


def csv_of(figures: Figures, table: Table) -> str:
    """One table; empty where a rate has nothing to be counted of."""
    text = StringIO()
    text.write(_MARK)
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow([*_GROUP, *_HEADS[table].columns])
    writer.writerows(rows_of(figures, table))
    return text.getvalue()


def workbook_of(figures: Figures) -> bytes:
    """All tables, each on a sheet of its own, with the period in the first line."""
    buffer, wanted = BytesIO(), figures.wanted
    period = (
        f"申请日期 {wanted.since} 至 {wanted.until}；截至 {figures.as_of}；临期预测至 {figures.forecast_until}；"
        f"地区：{wanted.region or '全部'}"
    )
    with workbook(buffer) as book:
        bold = book.add_format({"bold": True, "border": 1, "text_wrap": True})
        for table, head in _HEADS.items():
            sheet = book.add_worksheet(head.name)
            sheet.set_column(0, len(_GROUP) + len(head.columns) - 1, _WIDTH)
            sheet.write_string(0, 0, period)
            for at, name in enumerate([*_GROUP.values(), *head.columns.values()]):
                sheet.write_string(1, at, name, bold)
            for line, cells in enumerate(rows_of(figures, table), start=2):
                for at, cell in enumerate(cells):
                    if isinstance(cell, str):
                        sheet.write_string(line, at, cell)
                    else:
                        sheet.write_number(line, at, cell)
    return buffer.getvalue()


def rows_of(figures: Figures, table: Table) -> list[list[Cell]]:
    """The cells of one table, in the order of its columns."""
    rows: Mapping[Table, Sequence[Any]] = {
        Table.PAPERS: figures.first_pass,
        Table.STEPS: figures.steps,
        Table.LIMITS: figures.limits,
        Table.FORECAST: figures.forecast,
        Table.SUBJECTS: figures.subjects,
    }
    names = tuple(_HEADS[table].columns)
    return [[*_group(row.group), *(_cell(getattr(row, name)) for name in names)] for row in rows[table]]


def told_of(figures: Figures, table: Table) -> list[str]:
    """The rows of one table for a terminal: what each is of, then each figure behind its name; what is empty is not
    told."""
    names = [*("" for _ in _GROUP), *(name.replace("_", " ") for name in _HEADS[table].columns)]
    rows = (zip(names, row, strict=True) for row in rows_of(figures, table))
    return ["  ".join(f"{name} {cell}".strip() for name, cell in row if cell != "") for row in rows]


def _group(group: Group) -> list[Cell]:
    division = current_division_of(group.region) if group.region else None
    return [group.region, division.name if division else "", group.rule]


def _cell(value: object) -> Cell:
    if isinstance(value, float):
        return round(value, 4)
    return value if isinstance(value, int) else "" if value is None else str(value)
