"""Writes the exit list for the 发改委 as a sheet (xlsx), row by row in constant memory. Texts stay texts."""

from collections.abc import Iterable
from datetime import date
from io import BytesIO

from services.disclosure.campaign.domain.words import GROUNDS, Exit
from shared.identifiers import current_division_of
from shared.workbooks import workbook

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TITLE = "安全生产领域行政处罚信息公示全部结束主体退出名单"
HEAD = (
    "序号",
    "主体名称",
    "统一社会信用代码",
    "地区",
    "曾公示的处罚信息数量（条）",
    "最近一次处罚决定日期",
    "最后公示日",
    "退出原因",
    "核查说明",
)
_WIDTHS = (6, 36, 22, 14, 12, 16, 16, 30, 60)


def exit_sheet(rows: Iterable[Exit], title: str, as_of: date) -> bytes:
    """The whole file: title, day, head, and one row a subject."""
    buffer = BytesIO()
    with workbook(buffer) as book:
        sheet = book.add_worksheet("退出名单")
        bold = book.add_format({"bold": True, "border": 1, "text_wrap": True})
        cell = book.add_format({"border": 1, "text_wrap": True})
        heading = book.add_format({"bold": True, "font_size": 14})
        for at, width in enumerate(_WIDTHS):
            sheet.set_column(at, at, width)
        sheet.write_string(0, 0, TITLE, heading)
        sheet.write_string(1, 0, f"{title}；截至 {as_of}")
        for at, name in enumerate(HEAD):
            sheet.write_string(2, at, name, bold)
        for number, row in enumerate(rows, start=1):
            for at, value in enumerate(_cells(number, row, as_of)):
                if isinstance(value, int):
                    sheet.write_number(2 + number, at, value, cell)
                else:
                    sheet.write_string(2 + number, at, value, cell)
    return buffer.getvalue()


def _cells(number: int, row: Exit, as_of: date) -> tuple[int | str, ...]:
    division = current_division_of(row.region or "")
    why = "、".join(f"{GROUNDS[one]}{records}条" for one, records in row.grounds.items())
    return (
        number,
        row.subject_name or "",
        row.subject_key,
        division.name if division else (row.region or ""),
        row.records,
        row.last_decided_on.isoformat(),
        row.last_shown_on.isoformat(),
        why,
        f"经核查，截至 {as_of}，该主体曾公示的 {row.records} 条行政处罚信息均已结束公示。",
    )
