"""Log a contact with a subject that could repair (A14). Never a number: who was called stays in the bureau's files."""

from datetime import date

from services.disclosure.campaign import store
from services.disclosure.campaign.clean_up import must_exist
from services.disclosure.campaign.domain.words import Channel, Outcome
from shared.clock import legal_date
from shared.errors import MALFORMED, NOT_FOUND, Problem
from shared.evidence.actions import Action
from shared.evidence.entry import Act
from shared.identifiers import mask_free_text, strip_control
from shared.ids import new_id
from shared.messaging.unit_of_work import UnitOfWork


async def log_contact(
    work: UnitOfWork, campaign_id: str, subject_key: str, on: date, how: tuple[Channel, Outcome, str], actor: str
) -> str:
    """Returns the contact's identifier. Raises `Problem` for a subject that is not on the list, or a day to come."""
    await must_exist(work.connection, campaign_id)
    if not await store.is_listed(work.connection, campaign_id, strip_control(subject_key)):
        raise Problem(NOT_FOUND, "The subject is not on the list of this campaign.")
    if on > legal_date(work.now):
        raise Problem(
            MALFORMED,
            "The contact lies in the future.",
            errors=[{"field": "contacted_on", "reason": "not after today"}],
        )
    channel, outcome, note = how
    contact_id = new_id()
    row = {
        "contact_id": contact_id,
        "campaign_id": campaign_id,
        "subject_key": subject_key,
        "contacted_on": on,
        "channel": channel,
        "outcome": outcome,
        "note": mask_free_text(strip_control(note)).strip(),
        "logged_by": actor,
    }
    await store.insert_contact(work, row)
    told = {"campaign": campaign_id, "outcome": outcome.value}
    work.audit(Act(Action.CAMPAIGN_CONTACT_LOGGED, actor, contact_id, payload=told))
    return contact_id
