"""A person says how often a source is expected to send (报送频率). Without that the setting counts."""

from services.ingest.data_sharing import store
from shared.database.types import AnyRow
from shared.errors import MALFORMED, NOT_FOUND, Problem
from shared.evidence.actions import Action
from shared.evidence.entry import Act
from shared.identifiers import strip_control
from shared.messaging.unit_of_work import UnitOfWork


async def set_rhythm(work: UnitOfWork, source: str, kind: str, expected: int | None, *, reason: str, by: str) -> AnyRow:
    """Raises `Problem` for a source that has never sent this kind, and for an empty reason."""
    words = strip_control(reason).strip()
    if not words:
        raise Problem(MALFORMED, "A change needs its reason.", errors=[{"field": "reason", "reason": "empty"}])
    values = {"expected_working_days": expected, "set_by": by, "reason": words}
    if strip_control(source) != source or not await store.set_rhythm(work, source, kind, values):
        raise Problem(NOT_FOUND, "This source has never sent records of this kind.")
    work.audit(Act(Action.DATA_SHARING_NOTED, by, source[:80], reason=words, payload={"expected": expected}))
    row = await store.read_source(work.connection, source, kind)
    assert row is not None  # noqa: S101 - changed above
    return row
