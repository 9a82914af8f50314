"""File a form that is handed out (上报): its figures stay as they were, with cut-off and window (question Q11)."""

from collections.abc import Callable
from typing import Any

from services.disclosure.forms import store
from services.disclosure.forms.count import Counted, Wanted, count_form
from shared.clock import legal_date
from shared.errors import CONFLICT, Problem
from shared.ids import new_id
from shared.messaging.unit_of_work import UnitOfWork


async def file_form(
    work: UnitOfWork, wanted: Wanted, actor: str, written: Callable[[Counted], str]
) -> tuple[Counted, dict[str, Any]]:
    """Count, check and keep it. Raises `Problem` while the month is not over: its figures could still grow."""
    counted = await count_form(work.connection, wanted, legal_date(work.now))
    if not counted.is_closed:
        raise Problem(CONFLICT, "The statistical month is not over.", ends_on=counted.period.ends_on.isoformat())
    row = {
        "report_id": new_id(),
        "form": wanted.kind,
        "unit": wanted.unit,
        "month": counted.period.name,
        "cutoff_day": counted.period.cutoff_day,
        "filed_by": actor,
    }
    await store.store_report(work, {**row, "layout": counted.layout.version, "figures": written(counted)})
    return counted, row
