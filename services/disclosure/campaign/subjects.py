"""Remember what the business register says of subjects (登记状态). The newest generation stands; nothing goes down."""

from collections.abc import Collection, Sequence

from sqlalchemy import select

from services.disclosure.campaign.tables import subject_registry
from services.disclosure.tables import disclosed_record
from shared.contracts.events import SubjectStatusChanged
from shared.database.upsert import upsert
from shared.messaging.unit_of_work import UnitOfWork
from shared.vocabulary import RegistryStatus


async def remember_statuses(work: UnitOfWork, changed: Sequence[SubjectStatusChanged]) -> None:
    """An older generation than the stored one changes nothing."""
    newest: dict[str, SubjectStatusChanged] = {}
    for event in changed:
        if event.uscc not in newest or newest[event.uscc].generation < event.generation:
            newest[event.uscc] = event
    rows = [
        {
            "subject_key": uscc,
            "generation": event.generation,
            "status": event.status,
            "as_of": event.as_of,
            "proof_reference": event.proof_reference,
        }
        for uscc, event in sorted(newest.items())
    ]
    if rows:
        statement = upsert(work.dialect, subject_registry, keys=("subject_key",), newer="generation")
        await work.connection.execute(statement, rows)


async def whose_subject_is_gone(
    work: UnitOfWork, record_ids: Collection[str], abnormal: Collection[RegistryStatus]
) -> set[str]:
    """Of these records those whose subject has a status that makes an abnormal operator (异常经营主体)."""
    record, status = disclosed_record.c, subject_registry.c.status
    joined = disclosed_record.join(subject_registry, subject_registry.c.subject_key == record.subject_key)
    gone = record.record_id.in_(record_ids) & status.in_(sorted(abnormal))
    return set((await work.connection.scalars(select(record.record_id).select_from(joined).where(gone))).all())
