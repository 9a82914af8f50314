"""What the public is told of a withdrawn decision: which, by whom, how, when, why; masked, no penalty (G12)."""

from dataclasses import dataclass
from datetime import date

from shared.contracts.events import Withdrawal
from shared.contracts.records import Record
from shared.identifiers import mask_free_text
from shared.policy.periods import Duration, last_day
from shared.vocabulary import RecordKind, WithdrawalKind


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement as it is stored and shown, from `published_on` to the end of `closes_on`."""

    record_kind: RecordKind
    withdrawal_kind: WithdrawalKind
    subject_name: str
    uscc: str
    document_number: str
    authority: str
    decided_on: date
    withdrawn_on: date
    reasons: str
    article: str
    published_on: date
    closes_on: date


def statement_of(
    record: Record, withdrawal: Withdrawal, published_on: date, period: Duration, article: str
) -> Statement:
    """Takes nothing of the record that says what the penalty was or what it was for."""
    return Statement(
        record_kind=record.kind,
        withdrawal_kind=withdrawal.kind,
        subject_name=mask_free_text(record.subject.name),
        uscc=record.subject.uscc or "",
        document_number=record.document_number,
        authority=record.issuing_authority.name,
        decided_on=record.decided_on,
        withdrawn_on=withdrawal.withdrawn_on,
        reasons=mask_free_text(withdrawal.statement_of_reasons),
        article=article,
        published_on=published_on,
        closes_on=last_day(published_on, period),
    )
