"""Writes a counted form as the official sheet (xlsx): merged header, regions in form order, total, windows in words.

It computes nothing. Texts are written as texts, never as formulas or links. Not in constant-memory mode: cells that
are merged over two rows cannot be written row by row, and a form has twenty rows.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from typing import Any

from services.disclosure.forms.count import Counted
from services.disclosure.forms.domain.figures import Figure
from services.disclosure.forms.domain.form import FormRow
from services.disclosure.forms.domain.layout import LayoutColumn
from shared.workbooks import workbook

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_TITLE_ROW, _FILLER_ROW, _WINDOW_ROW, _HEAD_ROW, _FIRST_ROW = 0, 1, 2, 3, 5


@dataclass(frozen=True, slots=True)
class Filler:
    """What a person fills in; it stands on the sheet and is stored nowhere."""

    unit: str = ""
    person: str = ""
    mobile: str = ""
    on_day: date | None = None


def sheet_of(counted: Counted, filler: Filler) -> bytes:
    """The whole file."""
    buffer = BytesIO()
    with workbook(buffer, constant_memory=False, in_memory=True) as book:
        _Sheet(book, counted).write(filler)
    return buffer.getvalue()


class _Sheet:
    """One form being written."""

    def __init__(self, book: Any, counted: Counted) -> None:
        self._counted = counted
        self._columns = counted.layout.columns
        self._last = len(self._columns) - 1
        self._sheet = book.add_worksheet(f"{counted.form.kind}表 {counted.period.name}")
        framed = {"border": 1, "align": "center", "valign": "vcenter", "text_wrap": True}
        self._title = book.add_format({"bold": True, "font_size": 16, "align": "center", "valign": "vcenter"})
        self._line = book.add_format({"align": "left", "valign": "vcenter", "text_wrap": True})
        self._head = book.add_format({**framed, "bold": True})
        self._cell = book.add_format(framed)
        self._number = book.add_format({**framed, "num_format": "0"})
        self._sum = book.add_format({**framed, "bold": True, "num_format": "0"})

    def write(self, filler: Filler) -> None:
        for at, column in enumerate(self._columns):
            self._sheet.set_column(at, at, column.width)
        self._write_top(filler)
        self._write_head()
        rows = self._counted.form.rows
        for at, row in enumerate(rows):
            self._write_row(_FIRST_ROW + at, at + 1, row)
        self._write_total(_FIRST_ROW + len(rows))
        self._merge(_FIRST_ROW + len(rows) + 1, 0, self._last, notes_of(self._counted), self._line)
        self._sheet.set_landscape()
        self._sheet.set_paper(9)
        self._sheet.fit_to_pages(1, 0)

    def _write_top(self, filler: Filler) -> None:
        layout, period, form = self._counted.layout, self._counted.period, self._counted.form
        title = layout.titles[form.kind].format(unit=form.unit_name, month=period.month)
        self._merge(_TITLE_ROW, 0, self._last, title, self._title)
        given = (filler.unit, filler.person, filler.mobile, filler.on_day.isoformat() if filler.on_day else "")
        texts = [f"{name}：{value}" for name, value in zip(layout.header, given, strict=True)]
        for (first, last), text in zip(((0, 2), (3, 4), (5, 6), (7, self._last)), texts, strict=True):
            self._merge(_FILLER_ROW, first, last, text, self._line)
        self._merge(_WINDOW_ROW, 0, self._last, window_of(self._counted), self._line)
        self._sheet.set_row(_TITLE_ROW, 30)
        self._sheet.set_row(_WINDOW_ROW, 32)

    def _write_head(self) -> None:
        grouped = [at for at, column in enumerate(self._columns) if column.grouped]
        for at, column in enumerate(self._columns):
            if column.grouped:
                self._sheet.write_string(_HEAD_ROW + 1, at, column.name, self._head)
            else:
                self._sheet.merge_range(_HEAD_ROW, at, _HEAD_ROW + 1, at, column.name, self._head)
        if grouped:
            self._merge(_HEAD_ROW, grouped[0], grouped[-1], self._counted.layout.group, self._head)
        self._sheet.set_row(_HEAD_ROW + 1, 60)

    def _write_row(self, at: int, number: int, row: FormRow) -> None:
        texts = {"seq": number, "region": row.name}
        for column, key in self._cells():
            if key.key in texts:
                self._sheet.write(at, column, texts[key.key], self._cell)
            else:
                self._sheet.write_number(at, column, row.figures.printed()[Figure(key.key)], self._number)

    def _write_total(self, at: int) -> None:
        figures = self._counted.form.total.printed()
        for column, key in self._cells():
            if key.key in set(Figure):
                self._sheet.write_number(at, column, figures[Figure(key.key)], self._sum)
        self._merge(at, 0, 1, self._counted.layout.total, self._head)

    def _cells(self) -> Iterator[tuple[int, LayoutColumn]]:
        return enumerate(self._columns)

    def _merge(self, row: int, first: int, last: int, text: str, style: Any) -> None:
        if first == last:
            self._sheet.write_string(row, first, text, style)
        else:
            self._sheet.merge_range(row, first, row, last, text, style)


def window_of(counted: Counted) -> str:
    """The days that were counted, in words: without them nobody could recount the form."""
    period, unit = counted.period, counted.layout.unit
    return (
        f"统计月：{period.starts_on} 至 {period.ends_on}（截止日：每月{period.cutoff_day}日）；"
        f"本年累计自 {period.year_starts_on} 起；近三年：处罚决定日期 {period.stock_from} 至 {period.stock_to}；"
        f"单位：{unit}"
    )


def notes_of(counted: Counted) -> str:
    """What the printed columns do not say: the rest of the total, older decisions, other regions, an open month."""
    total, outside = counted.form.total, counted.form.outside
    parts = [
        (
            f"本月合计中另含：公示期满 {total.exit_month_expired}、撤回决定 {total.exit_month_revoked}、"
            f"新规则下不予公示 {total.exit_month_rule}"
        ),
        "同一信息多次下线只计第一次",
    ]
    if total.exit_ytd_older:
        parts.append(f"本年累计中 {total.exit_ytd_older} 条的处罚决定不在近三年内")
    if counted.form.kind == "B" and outside.stock_3y + outside.exit_ytd + outside.new_month:
        parts.append(
            f"另有不属于本省各市的：近三年 {outside.stock_3y}、"
            f"本年清理 {outside.exit_ytd}、本月新增 {outside.new_month}"
        )
    if not counted.is_closed:
        parts.append("统计月尚未结束，为截至目前的数据")
    return f"注：{'；'.join(parts)}。（表式 {counted.layout.version}）"
