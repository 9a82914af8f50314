"""The authority withdraws its decision (撤回): changed, revoked, held unlawful or void (Penalty Law art. 48)."""

from dataclasses import dataclass

from services.ingest import store
from services.ingest.data_sharing.count import note_share
from shared.clock import legal_date
from shared.contracts.events import RecordVoided, Withdrawal
from shared.database.types import AnyRow
from shared.errors import CONFLICT, FOREIGN_AUTHORITY, MALFORMED, NOT_FOUND, Problem
from shared.identifiers import find_citizen_numbers, strip_control
from shared.ids import new_id
from shared.messaging.unit_of_work import UnitOfWork
from shared.vocabulary import Verdict


class AlreadySo(Problem):
    """The record is as it is wanted already: there is nothing left to do, rather than something that cannot be done."""

    def __init__(self, detail: str) -> None:
        super().__init__(CONFLICT, detail)


@dataclass(frozen=True, slots=True)
class Sender:
    """Who acts, and for which authorities that may be; None means any."""

    client: str
    authorities: frozenset[str] | None


async def withdraw(work: UnitOfWork, record_id: str, withdrawal: Withdrawal, sender: Sender) -> None:
    """Void the record and tell the house. Raises `Problem` when it is unknown, foreign or withdrawn already, and for a
    day from which no deadline could be counted."""
    stored = await lock_valid(work, record_id, withdrawal, sender)
    generation = stored.generation + 1
    await store.void_record(work, record_id, generation)
    await store.insert_withdrawals(work, [store.NewWithdrawal(record_id, generation, withdrawal)], sender.client)
    note_share(work, new_id(), sender.client, stored.kind, [(stored.authority_code, Verdict.VOIDED, False)])
    work.tell(RecordVoided(record_id=record_id, generation=generation, withdrawal=withdrawal))


async def lock_valid(work: UnitOfWork, record_id: str, withdrawal: Withdrawal, sender: Sender) -> AnyRow:
    """The record, locked, when this sender may do this to it on this day."""
    stored = await store.lock_record(work, record_id)
    if stored is None:
        raise Problem(NOT_FOUND, f"There is no record {record_id}.")
    if sender.authorities is not None and stored.authority_code not in sender.authorities:
        raise Problem(FOREIGN_AUTHORITY, "The record belongs to an authority that this caller may not write for.")
    if stored.state == "voided":
        raise AlreadySo("The decision is withdrawn already.")
    today = legal_date(work.now)
    if not stored.decided_on <= withdrawal.withdrawn_on <= today:
        raise _unusable("withdrawn_on", f"from the day of the decision, {stored.decided_on}, to today, {today}")
    return stored


def cleaned(withdrawal: Withdrawal) -> Withdrawal:
    """With reasons that every database can hold and a reader can see; they are going to be public (art. 48)."""
    reasons = strip_control(withdrawal.statement_of_reasons).strip()
    if not reasons:
        raise _unusable("statement_of_reasons", "the reasons are made public and cannot be empty")
    if find_citizen_numbers(reasons):
        raise _unusable("statement_of_reasons", "the reasons are made public and must not hold a citizen's number")
    return withdrawal.model_copy(update={"statement_of_reasons": reasons})


def _unusable(field: str, reason: str) -> Problem:
    return Problem(MALFORMED, "The withdrawal cannot be taken.", errors=[{"field": field, "reason": reason}])
