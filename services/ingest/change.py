"""The authority changes its decision (变更): the new content takes the place of the old one, with public reasons.

The record keeps its identity, so that what ended its display for good goes on doing so (G06). A correction of data
that were sent wrongly is no change of the decision; it comes as a row like any other.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from services.ingest import store
from services.ingest.admit import judge_rows
from services.ingest.data_sharing.count import note_share
from services.ingest.decide import Judged
from services.ingest.domain.build import Built
from services.ingest.domain.checks import Day
from services.ingest.domain.findings import Finding, Weight
from services.ingest.known import find_known
from services.ingest.mapping.draft import Row
from services.ingest.originals.keep import Original, keep_originals
from services.ingest.submission import Submission
from services.ingest.withdraw import AlreadySo, Sender, lock_valid
from shared.contracts.events import RecordAmended, Withdrawal
from shared.database.types import AnyRow
from shared.errors import MALFORMED, Problem
from shared.ids import new_id
from shared.messaging.unit_of_work import UnitOfWork
from shared.sealing import Sealer
from shared.vocabulary import RecordKind, Verdict


@dataclass(frozen=True, slots=True)
class Change:
    """The changed decision as a row of the template, and what is said of it in public."""

    row: Row
    statement: Withdrawal


async def change(
    work: UnitOfWork, record_id: str, wanted: Change, sender: Sender, day: Day, sealer: Sealer
) -> tuple[int, Sequence[Finding]]:
    """Store the changed content, tell the house, return the new generation and what there is to say about the row.

    Raises `Problem` when the record is unknown, foreign or withdrawn, and for a row that could not be admitted.
    """
    stored = await lock_valid(work, record_id, wanted.statement, sender)
    submission = Submission(sender.client, RecordKind(stored.kind), [wanted.row], sender.authorities)
    [judged] = judge_rows(submission, await find_known(work.connection, submission, sealer), day, sealer)
    built, change_id = usable(judged, stored), new_id()
    known = store.StoredRecord(
        record_id, judged.digest, stored.generation + 1, stored.first_submitted_on, voided=False, client=sender.client,
        version=stored.data_version if judged.version is None else judged.version,
    )  # fmt: skip
    await store.update_records(work, [store.RecordChange(known, built, judged.sent_digest)], sealer)
    if judged.original:
        original = Original(record_id, judged.sent_digest, judged.number, judged.original)
        await keep_originals(work, change_id, sender.client, [original], sealer)
    history = store.NewWithdrawal(record_id, known.generation, wanted.statement)
    await store.insert_withdrawals(work, [history], sender.client)
    note_share(work, change_id, sender.client, stored.kind, [(stored.authority_code, Verdict.AMENDED, False)])
    event = RecordAmended(
        record_id=record_id,
        generation=known.generation,
        first_submitted_on=stored.first_submitted_on,
        record=built.record,
        change=wanted.statement,
    )
    work.tell(event)
    return known.generation, judged.findings


def usable(judged: Judged, stored: AnyRow) -> Built:
    """What a judged row makes of the stored record; raises `Problem` when it cannot take the record's place."""
    stopping = [one for one in judged.findings if one.weight is Weight.QUARANTINE]
    if stopping:
        errors = [{"field": f"row.{one.column}".rstrip("."), "reason": one.message} for one in stopping]
        raise Problem(MALFORMED, "The changed decision cannot be taken.", errors=errors)
    if judged.unchanged == stored.record_id or (judged.built and judged.digest == stored.content_digest):
        raise AlreadySo("The row says what the record says already; there is nothing to change.")
    if judged.withdrawal:
        reason = "the row withdraws the decision; use the operation for withdrawals"
        raise Problem(MALFORMED, "The changed decision cannot be taken.", errors=[{"field": "row", "reason": reason}])
    if judged.built is None or judged.built.key != stored.record_key:
        reason = "another authority, document number or subject is another decision: withdraw this one and send that"
        raise Problem(MALFORMED, "The changed decision cannot be taken.", errors=[{"field": "row", "reason": reason}])
    return judged.built
