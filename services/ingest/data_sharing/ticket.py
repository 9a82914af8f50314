"""Anomaly tickets (数据共享异常): open one for a day, resolve it with a reason. A ticket is never deleted."""

from datetime import date

from services.ingest.data_sharing import store
from services.ingest.data_sharing.domain.signing import AnomalyState
from shared.clock import legal_date
from shared.errors import CONFLICT, MALFORMED, NOT_FOUND, Problem
from shared.evidence.actions import Action
from shared.evidence.entry import Act
from shared.identifiers import mask_free_text, strip_control
from shared.ids import new_id
from shared.messaging.unit_of_work import UnitOfWork


async def open_ticket(work: UnitOfWork, day: date, *, source: str, description: str, by: str) -> str:
    """Returns its identifier. A personal number in the description is masked."""
    if day > legal_date(work.now):
        raise Problem(CONFLICT, f"{day} lies ahead.")
    anomaly_id = new_id()
    row = {
        "anomaly_id": anomaly_id,
        "on_day": day,
        "source": strip_control(source).strip(),
        "description": _words(description, "description"),
        "state": AnomalyState.OPEN,
        "opened_by": by,
    }
    await store.insert_anomaly(work, row)
    work.audit(Act(Action.DATA_SHARING_NOTED, by, anomaly_id, payload={"state": AnomalyState.OPEN}))
    return anomaly_id


async def resolve_ticket(work: UnitOfWork, anomaly_id: str, *, resolution: str, by: str) -> None:
    """Raises `Problem` when it is unknown or resolved already."""
    row = await store.lock_anomaly(work, anomaly_id)
    if row is None:
        raise Problem(NOT_FOUND, "There is no such ticket.")
    if row.state != AnomalyState.OPEN:
        raise Problem(CONFLICT, "The ticket is resolved already.", resolved_by=row.resolved_by)
    values = {"state": AnomalyState.RESOLVED, "resolution": _words(resolution, "resolution"), "resolved_by": by}
    await store.resolve_anomaly(work, anomaly_id, values)
    reason = str(values["resolution"])
    work.audit(Act(Action.DATA_SHARING_NOTED, by, anomaly_id, reason=reason, payload={"state": AnomalyState.RESOLVED}))


def _words(text: str, field: str) -> str:
    words = mask_free_text(strip_control(text)).strip()
    if not words:
        raise Problem(MALFORMED, "A ticket needs its words.", errors=[{"field": field, "reason": "empty"}])
    return words
