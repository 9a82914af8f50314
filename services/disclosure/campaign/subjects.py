"""Remember what the business register says of subjects (登记状态). The newest generation stands; nothing goes down."""

from collections.abc import Sequence

from services.disclosure.campaign.tables import subject_registry
from shared.contracts.events import SubjectStatusChanged
from shared.database.upsert import upsert
from shared.messaging.unit_of_work import UnitOfWork


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
