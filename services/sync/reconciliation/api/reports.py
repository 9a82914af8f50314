"""`/v1/reconciliations/{run_id}/report`: the same report as a page, a workbook or JSON, streamed."""

import json
import tempfile
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Literal

from fastapi import APIRouter, Response
from fastapi.responses import FileResponse, StreamingResponse
from starlette.background import BackgroundTask

from services.sync.api.views import Desk, Reader
from services.sync.reconciliation.api.views import approval_view, drift_view, run_view
from services.sync.reconciliation.explanations import Lang
from services.sync.reconciliation.report.gather import Report, gather, rows_of
from services.sync.reconciliation.report.page import page
from services.sync.reconciliation.report.texts import NUMBERS
from services.sync.reconciliation.report.workbook import MEDIA_TYPE, write_workbook
from shared.database.types import AnyRow
from shared.errors import NOT_FOUND, Problem
from shared.web.identifier import identifier

router = APIRouter(prefix="/v1", tags=["reconciliations"])

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"


@router.get("/reconciliations/{run_id}/report", summary="The report of a run", response_class=Response)
async def get_report(
    run_id: str, _caller: Reader, desk: Desk, form: Literal["html", "xlsx", "json"] = "html", lang: Lang = "zh"
) -> Response:
    """对账报告, for A4 landscape. Whatever the form, the numbers are those of the rows."""
    report = await gather(desk.database, identifier(run_id))
    if report is None:
        raise Problem(NOT_FOUND, f"There is no reconciliation {run_id[:64]}.")
    slices = rows_of(desk.database, run_id)
    if form == "xlsx":
        return await _workbook(report, slices, lang)
    headers = {"Content-Security-Policy": _POLICY, "X-Robots-Tag": "noindex", "Cache-Control": "no-store"}
    if form == "json":
        return StreamingResponse(_json(report, slices, lang), media_type="application/json", headers=headers)
    return StreamingResponse(page(report, slices, lang), media_type="text/html; charset=utf-8", headers=headers)


async def _workbook(report: Report, slices: AsyncIterator[Sequence[AnyRow]], lang: Lang) -> Response:
    folder = tempfile.TemporaryDirectory(prefix="creditsync-report-")
    path = Path(folder.name) / "report.xlsx"
    try:
        await write_workbook(path, report, slices, lang)
    except BaseException:
        folder.cleanup()
        raise
    name = f"reconciliation-{report.run.run_id}.xlsx"
    return FileResponse(path, media_type=MEDIA_TYPE, filename=name, background=BackgroundTask(folder.cleanup))


async def _json(report: Report, slices: AsyncIterator[Sequence[AnyRow]], lang: Lang) -> AsyncIterator[str]:
    head = {
        "run": run_view(report.run, lang).model_dump(mode="json"),
        "kinds": {row.kind: {name: getattr(row, name) for name in NUMBERS} for row in report.kinds},
        "totals": {name: report.total(name) for name in NUMBERS},
        "approvals": [approval_view(row).model_dump(mode="json") for row in report.approvals],
    }
    yield json.dumps(head, ensure_ascii=False)[:-1] + ', "drifts": ['
    first = True
    async for rows in slices:
        texts = ",".join(drift_view(row).model_dump_json() for row in rows)
        yield texts if first else "," + texts
        first = False
    yield "]}"
