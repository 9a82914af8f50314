"""Carry out what an upheld objection leads to: correct the record as an amendment, or withdraw it.

It decides nothing about the objection: repair did. A correction is judged by the same checks as any row, and what was
wrong is remembered, so that the source cannot bring it back. It answers exactly once for each attempt. Serves G06, G14.
"""

from collections.abc import Mapping, Sequence

import structlog
from sqlalchemy import select, update

from services.ingest import store
from services.ingest.admit import judge_rows
from services.ingest.change import usable
from services.ingest.data_sharing.count import note_share
from services.ingest.domain.checks import Day
from services.ingest.known import find_known
from services.ingest.mapping.back import cells_of, row_of, value_of
from services.ingest.mapping.correctable import correctable
from services.ingest.objections.domain.disproved import Disproved, disproved_of
from services.ingest.submission import Submission
from services.ingest.tables import record
from services.ingest.withdraw import AlreadySo, Sender, cleaned, withdraw
from shared.contracts.events import RecordAmended
from shared.contracts.objections import CorrectionSettled, ObjectionUpheld
from shared.contracts.records import Record
from shared.database.types import AnyRow
from shared.errors import MALFORMED, Problem
from shared.evidence.actions import Action
from shared.evidence.entry import Act
from shared.ids import new_id
from shared.messaging.unit_of_work import UnitOfWork
from shared.sealing import Sealer
from shared.vocabulary import RecordKind, Remedy, RemedyOutcome, Verdict

log = structlog.get_logger()


async def carry_out(work: UnitOfWork, upheld: ObjectionUpheld, day: Day, sealer: Sealer) -> None:
    """Do it and tell what became of it; a refusal changes nothing and names every reason."""
    outcome, reasons = RemedyOutcome.APPLIED, tuple[str, ...]()
    try:
        if upheld.remedy is Remedy.WITHDRAW:
            await _withdraw(work, upheld)
        else:
            await _correct(work, upheld, day, sealer)
    except Problem as problem:
        outcome = RemedyOutcome.UNCHANGED if isinstance(problem, AlreadySo) else RemedyOutcome.REFUSED
        reasons = _reasons(problem)
    work.tell(
        CorrectionSettled(
            objection_id=upheld.objection_id,
            record_id=upheld.record_id,
            attempt=upheld.attempt,
            outcome=outcome,
            reasons=reasons,
        )
    )
    log.info("objection_carried_out", objection_id=upheld.objection_id, remedy=upheld.remedy, outcome=outcome)


async def _withdraw(work: UnitOfWork, upheld: ObjectionUpheld) -> None:
    if upheld.withdrawal is None:
        raise ValueError(f"objection {upheld.objection_id} withdraws a record and does not say how")
    await withdraw(work, upheld.record_id, cleaned(upheld.withdrawal), Sender(upheld.decided_by, None))
    work.audit(Act(Action.RECORD_WITHDRAWN, upheld.decided_by, upheld.record_id, upheld.record_id, upheld.reason))


async def _correct(work: UnitOfWork, upheld: ObjectionUpheld, day: Day, sealer: Sealer) -> None:
    stored = await _lock(work, upheld.record_id)
    held = Record.model_validate_json(stored.content)
    corrected = {one.field: one.value for one in upheld.corrected}
    _refuse(held, corrected)
    # As if the system that sent the record last did it: the source map goes on as before.
    kind = RecordKind(stored.kind)
    submission = Submission(
        stored.client, kind, [row_of(held, _person(stored, sealer)) | cells_of(kind, corrected)], None
    )
    [judged] = judge_rows(submission, await find_known(work.connection, submission, sealer), day, sealer)
    built = usable(judged, stored)
    known = store.StoredRecord(
        stored.record_id, judged.digest, stored.generation + 1, stored.first_submitted_on, voided=False,
        client=stored.client, version=stored.data_version,
    )  # fmt: skip
    await store.update_records(work, [store.RecordChange(known, built, judged.sent_digest)], sealer)
    wrong = disproved_of(stored.disproved).also(
        stored.content_digest, {name: value_of(held, name) for name in corrected}
    )
    await _remember(work, stored.record_id, wrong.without(judged.digest, built.record))
    note_share(work, new_id(), stored.client, stored.kind, [(stored.authority_code, Verdict.AMENDED, False)])
    work.tell(
        RecordAmended(
            record_id=stored.record_id,
            generation=known.generation,
            first_submitted_on=stored.first_submitted_on,
            record=built.record,
        )
    )
    act = Act(
        Action.RECORD_CORRECTED, upheld.decided_by, stored.record_id, stored.record_id, upheld.reason,
        payload={"objection_id": upheld.objection_id, "fields": sorted(corrected), "generation": known.generation},
    )  # fmt: skip
    work.audit(act)


async def _lock(work: UnitOfWork, record_id: str) -> AnyRow:
    row = (
        await work.connection.execute(select(record).where(record.c.record_id == record_id).with_for_update())
    ).one_or_none()
    if row is None:
        raise Problem(MALFORMED, f"There is no record {record_id}.")
    if row.state == "voided":
        raise Problem(MALFORMED, "The decision is withdrawn; there is nothing left to correct.")
    return row


async def _remember(work: UnitOfWork, record_id: str, wrong: Disproved) -> None:
    statement = update(record).where(record.c.record_id == record_id)
    await work.connection.execute(statement.values(disproved=wrong.as_text()))


def _person(stored: AnyRow, sealer: Sealer) -> dict[str, str] | None:
    """What is sealed of a natural person, for the time of the judgement."""
    private = store.opened(stored, sealer)
    if private is None:
        return None
    return {"subject_name": private.name, "id_type": private.id_type, "id_number": private.id_number}


def _refuse(held: Record, corrected: Mapping[str, str]) -> None:
    """What no correction can do is said before a row is made of it."""
    foreign = sorted(corrected.keys() - correctable(held))
    if foreign:
        raise Problem(
            MALFORMED,
            f"These fields of a {held.kind} cannot be corrected: {', '.join(foreign)}. Where they say which decision "
            "it is, withdraw the record and let the source send the right one; the name of a person is sent by the "
            "source.",
        )


def _reasons(problem: Problem) -> tuple[str, ...]:
    errors: Sequence[Mapping[str, str]] = problem.members.get("errors", ())
    said = [f"{one['field']}: {one['reason']}" for one in errors] or [problem.detail]
    return tuple(one[:500] for one in said[:50])
