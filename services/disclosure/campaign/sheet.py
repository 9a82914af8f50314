"""Writes the exit list for the 发改委 as a sheet (xlsx) while it is read, however long it is. Texts stay texts."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import closing
from datetime import date

from services.disclosure.campaign.domain.words import GROUNDS, Exit
from shared.identifiers import current_division_of
from shared.streamed_tables import DocumentTable

MEDIA_TYPE = DocumentTable.media_type
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
MORE_LEFT = "还有更多：一张表到此为止，其余请用 CSV 导出。"
_WIDTHS = (6, 36, 22, 14, 12, 16, 16, 30, 60)


async def exit_sheet(pieces: AsyncIterator[Sequence[Exit]], title: str, as_of: date) -> AsyncIterator[bytes]:
    """Title, day, head, and one row a subject. A sheet that is full says so in its last row."""
    number = 0
    with closing(DocumentTable("退出名单", (TITLE, f"{title}；截至 {as_of}"), _WIDTHS)) as table:
        yield table.begin(HEAD)
        async for found in pieces:
            room = table.room()
            rows = [_cells(at, row, as_of) for at, row in enumerate(found[:room], start=number + 1)]
            yield await asyncio.to_thread(table.rows, rows)
            number += len(rows)
            if len(found) > room:
                yield table.rows([(MORE_LEFT,)])
                break
        yield table.end()


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
