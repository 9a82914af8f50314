"""修复指标: how many applications passed at the first go, how long each step takes, what is late and what will be."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Literal

from fastapi import APIRouter, Request, Response

from services.sync.dashboard.charts import Series, stacked_bars
from services.sync.dashboard.desk import Reads, Signed
from services.sync.dashboard.exports import passed_on
from services.sync.dashboard.page import language, present
from services.sync.dashboard.reading import Reading
from services.sync.dashboard.texts import Lang, translate, word

router = APIRouter()

PATH = "/figures"
GROUPINGS = ("all", "region", "rule", "region-and-rule")
_FILTERS = ("since", "until", "by", "region")


@router.get(PATH)
@router.get(f"{PATH}/live")
async def figures(request: Request, _visitor: Signed, reader: Reads) -> Response:
    found = await reader.read("repair", "/v1/repair-figures", _asked(request))
    values = {"figures": found, "groupings": GROUPINGS, "forecast": _forecast(found, language(request))}
    return present(request, "repair_figures", values)


@router.get(f"{PATH}/export.{{form}}")
async def export(request: Request, _visitor: Signed, reader: Reads, form: Literal["csv", "xlsx"]) -> Response:
    """The service's own workbook, or one table of it as CSV."""
    found = await reader.file("repair", f"/v1/repair-figures.{form}", _asked(request))
    return passed_on(request, found, back=PATH)


def _asked(request: Request) -> Mapping[str, str | None]:
    return {name: request.query_params.get(name) for name in _FILTERS}


def _forecast(found: Reading, lang: Lang) -> str:
    """Limits that end on each of the coming working days, by name."""
    if not found.ok or not found.data["forecast"]:
        return ""
    due: dict[tuple[str, str], int] = defaultdict(int)
    for one in found.data["forecast"]:
        due[one["clock"], one["on"]] += one["due"]
    days = sorted({on for _, on in due})
    clocks = sorted({clock for clock, _ in due})[:3]
    lines = [Series(word(lang, "limit", clock), [float(due.get((clock, day), 0)) for day in days]) for clock in clocks]
    labels: list[str] = [day[5:] for day in days]
    return stacked_bars(translate(lang)("repair_figures.forecast"), labels, lines)
