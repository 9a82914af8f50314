"""Tells of most rows at one look that no check finds anything in them, so that the checks need not be asked one by one.

It says yes only where every check of `_EVERY_ROW` finds nothing; a row of which it says no goes to the checks, which
alone say what is wrong. A property test holds the two together.
"""

from datetime import date

from services.ingest.domain.context import Day
from services.ingest.domain.limits import limits
from services.ingest.domain.parsed import Parsed
from services.ingest.mapping.spoken_amounts import fines_in
from shared.identifiers import DocumentNumber, Uscc
from shared.vocabulary import PenaltyType, RecordKind, SubjectKind

_WITH_CELLS_OF_THEIR_OWN = frozenset(PenaltyType) - {
    PenaltyType.WARNING, PenaltyType.PUBLIC_CRITICISM, PenaltyType.FINE, PenaltyType.SUSPENSION_OF_BUSINESS,
    PenaltyType.CLOSURE, PenaltyType.RESTRICTION_OF_OPERATIONS, PenaltyType.QUALIFICATION_DOWNGRADE,
}  # fmt: skip
_FOUNDED_ON = date(1949, 10, 1)


def surely_faultless(row: Parsed, day: Day) -> bool:
    """Only of organisations' penalties and licences, which are nearly all rows; no is not a finding."""
    if not (_texts_usable(row) and _bodies_named(row) and _dates_in_order(row, day)):
        return False
    kind = row.draft.kind
    return kind is RecordKind.LICENCE or (kind is RecordKind.PENALTY and _amounts_right(row))


def _bodies_named(row: Parsed) -> bool:
    subject, authority, source, document = row.uscc, row.authority, row.source, row.document
    return (
        row.subject_kind is SubjectKind.LEGAL_PERSON
        and type(subject) is Uscc
        and not subject.is_sole_trader
        and type(authority) is Uscc
        and authority.is_government_body
        and (source is authority or (type(source) is Uscc and source.is_government_body))
        and type(document) is DocumentNumber
        and not document.is_summary_procedure
        and "legal_representative" in row.draft.values
    )


def _dates_in_order(row: Parsed, day: Day) -> bool:
    """Every date was read; decided in time, and valid from before until after."""
    dates = row.dates
    decided_on = dates.get("decided_on")
    if decided_on is None or None in dates.values() or not day.on_time_from <= decided_on <= day.today:
        return False
    until, begins = dates.get("valid_until"), dates.get("valid_from")
    return decided_on >= _FOUNDED_ON and (
        until is None or (decided_on <= until and (begins is None or begins <= until))
    )


def _amounts_right(row: Parsed) -> bool:
    """Nothing but a fine needs a cell of its own, and the fine is the one of which the decision tells. The texts of a
    usual row are in the form in which amounts are read."""
    types, amounts = row.penalty_types, row.amounts
    if not types or row.unknown_penalty_types or None in amounts.values():
        return False
    if not _WITH_CELLS_OF_THEIR_OWN.isdisjoint(types) or "confiscated" in amounts:
        return False
    fine = amounts.get("fine")
    if fine is None:
        return PenaltyType.FINE not in types
    if not 0 < fine <= limits().implausible_amount:
        return False
    told = fines_in(row.draft.values.get("penalty_content", ""))
    return not told or fine in told


def _texts_usable(row: Parsed) -> bool:
    """A row as rows usually come (`Draft.is_usual`), in force and of no unknown column."""
    draft = row.draft
    values = draft.values
    return (
        draft.is_usual and not draft.surplus and values.get("state", "1") == "1" and "withdrawal_reason" not in values
    )
