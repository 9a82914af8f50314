"""样式: every part that pages are made of, on one page, for eyes and for tests."""

from fastapi import APIRouter, Request, Response

from services.sync.dashboard.charts import Series, line_chart, stacked_bars
from services.sync.dashboard.desk import Signed
from services.sync.dashboard.page import present
from services.sync.dashboard.reading import Reading

router = APIRouter()

_HOURS = [f"{hour:02d}:00" for hour in range(24)]
_KINDS = ("same", "moving", "differs", "stale", "failed", "overdue", "good", "plain")


@router.get("/style-guide")
async def style_guide(request: Request, visitor: Signed) -> Response:
    now = request.app.state.desk.clock.now()
    lines = [Series(name, [base + hour % 7 for hour in range(24)]) for name, base in (("A", 2), ("B", 9), ("C", 20))]
    return present(
        request,
        "style_guide",
        {
            "kinds": _KINDS,
            "lines": line_chart("line_chart", _HOURS, lines, limit=24),
            "bars": stacked_bars("stacked_bars", _HOURS, lines),
            "down": Reading("sync", why="down", since=now),
        },
    )
