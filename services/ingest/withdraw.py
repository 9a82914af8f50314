"""The authority withdraws its decision (撤回): changed, revoked, held unlawful or void (Penalty Law art. 48)."""

from services.ingest import store
from shared.contracts.events import RecordVoided, Withdrawal
from shared.errors import CONFLICT, FOREIGN_AUTHORITY, NOT_FOUND, Problem
from shared.messaging.unit_of_work import UnitOfWork


async def withdraw(
    work: UnitOfWork, record_id: str, withdrawal: Withdrawal, authorities: frozenset[str] | None
) -> None:
    """Void the record and tell the house. Raises `Problem` when it is unknown, foreign or withdrawn already."""
    stored = await store.lock_record(work, record_id)
    if stored is None:
        raise Problem(NOT_FOUND, f"There is no record {record_id}.")
    if authorities is not None and stored.authority_code not in authorities:
        raise Problem(FOREIGN_AUTHORITY, "The record belongs to an authority that this caller may not write for.")
    if stored.state == "voided":
        raise Problem(CONFLICT, "The decision is withdrawn already.")
    generation = stored.generation + 1
    await store.void_record(work, record_id, generation)
    work.tell(RecordVoided(record_id=record_id, generation=generation, withdrawal=withdrawal))
