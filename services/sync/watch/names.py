"""Keep what records are called, so that people find them: written with each newer content, in one statement a batch."""

from collections.abc import Sequence

from services.sync.watch.tables import register_entry
from shared.contracts.events import PublicationOnline
from shared.database.upsert import upsert
from shared.messaging.unit_of_work import UnitOfWork


async def keep_names(work: UnitOfWork, orders: Sequence[PublicationOnline]) -> None:
    """Names of natural persons are masked before they come here (guarantee G12)."""
    rows = {
        order.record_id: {
            "record_id": order.record_id,
            "document_number": order.record.document_number,
            "subject_name": order.record.subject.name,
            "subject_key": order.record.subject.key,
            "region": order.record.region,
            "kind": order.record.kind,
        }
        for order in sorted(orders, key=lambda order: (order.record_id, order.generation))
    }
    if rows:
        await work.connection.execute(upsert(work.dialect, register_entry, keys=("record_id",)), list(rows.values()))
