"""What the law needs to know of a record, taken from the record."""

from datetime import date

from shared.contracts.records import LicenceDetail, PenaltyDetail, Record
from shared.policy import Facts
from shared.vocabulary import Procedure


def facts_of(record: Record, first_submitted_on: date) -> Facts:
    """The facts that a policy pack judges. What the templates do not tell keeps its default; people confirm it."""
    detail = record.detail
    penalty = detail if isinstance(detail, PenaltyDetail) else None
    licence = detail if isinstance(detail, LicenceDetail) else None
    return Facts(
        kind=record.kind,
        decided_on=record.decided_on,
        first_submitted_on=first_submitted_on,
        subject_kind=record.subject.kind,
        authority_region=record.region,
        penalty_types=frozenset(penalty.penalty_types) if penalty else frozenset(),
        fine=penalty.fine if penalty else None,
        procedure=penalty.procedure if penalty else Procedure.ORDINARY,
        valid_until=licence.valid_until if licence else None,
        licence_valid=licence.valid if licence else True,
    )
