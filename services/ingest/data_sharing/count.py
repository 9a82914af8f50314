"""Write down what a batch brought, with the batch: one small row an authority, in the same transaction (B04)."""

from collections.abc import Iterable

from services.ingest.data_sharing.domain.figures import RowOutcome, shares
from services.ingest.data_sharing.tables import data_share
from shared.clock import legal_date
from shared.messaging.unit_of_work import UnitOfWork


def note_share(work: UnitOfWork, batch_id: str, source: str, kind: str, outcomes: Iterable[RowOutcome]) -> None:
    """One statement, whatever the batch. Sums over all rows equal the receipts, the operations on single records
    (withdrawal, change) and the files that came again (`imports.repeat`), each under an identifier of its own."""
    found = shares(outcomes)
    if not found:
        return
    same = {
        "batch_id": batch_id,
        "on_day": legal_date(work.now),
        "source": source,
        "kind": kind,
        "received_at": work.now,
    }
    work.store(data_share, [{**same, "authority_code": code, **found[code]} for code in sorted(found)])
