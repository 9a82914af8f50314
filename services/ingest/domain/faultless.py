"""Tells of most rows at one look that no check finds anything in them, so that the checks need not be asked one by one.

It says yes only where every check of `_EVERY_ROW` finds nothing; a row of which it says no goes to the checks, which
alone say what is wrong. A property test holds the two together.
"""

from collections.abc import Mapping
from datetime import date

from services.ingest.domain.context import Day
from services.ingest.domain.limits import limits
from services.ingest.domain.parsed import Parsed
from services.ingest.mapping.columns import TEMPLATES
from services.ingest.mapping.spoken_amounts import fines_in
from shared.identifiers import DocumentNumber, Uscc, may_hold_citizen_number, normalise_text
from shared.vocabulary import PenaltyType, RecordKind, SubjectKind

_REQUIRED = {
    kind: frozenset(name for name, column in template.items() if column.required)
    for kind, template in TEMPLATES.items()
}
_LIMITS = {kind: {name: column.limit for name, column in template.items()} for kind, template in TEMPLATES.items()}
_WITH_CELLS_OF_THEIR_OWN = frozenset(PenaltyType) - {
    PenaltyType.WARNING, PenaltyType.PUBLIC_CRITICISM, PenaltyType.FINE, PenaltyType.SUSPENSION_OF_BUSINESS,
    PenaltyType.CLOSURE, PenaltyType.RESTRICTION_OF_OPERATIONS, PenaltyType.QUALIFICATION_DOWNGRADE,
}  # fmt: skip
_SHORT = 17  # texts up to here cannot hold a person's number
_NARROW = {
    kind: tuple((name, limit) for name, limit in widths.items() if limit < _SHORT) for kind, widths in _LIMITS.items()
}
_FOUNDED_ON = date(1949, 10, 1)
_JUDGED_ELSEWHERE = frozenset({"uscc", "id_number", "id_type", "authority_code", "source_code"})


def surely_faultless(row: Parsed, day: Day) -> bool:
    """Only of organisations' penalties and licences, which are nearly all rows; no is not a finding."""
    if row.kind is RecordKind.PENALTY:
        return _bodies_named(row) and _dates_in_order(row, day) and _amounts_right(row) and _texts_usable(row)
    return row.kind is RecordKind.LICENCE and _bodies_named(row) and _dates_in_order(row, day) and _texts_usable(row)


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
    """Nothing but a fine needs a cell of its own, and the fine is the one of which the decision tells."""
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
    told = fines_in(normalise_text(row.draft.values.get("penalty_content", "")))
    return not told or fine in told


def _texts_usable(row: Parsed) -> bool:
    """Every required cell is filled, none too long, none was corrected, none could hold a person's number."""
    draft = row.draft
    values = draft.values
    return (
        not draft.surplus
        and not draft.corrected
        and values.get("state", "1") == "1"
        and "withdrawal_reason" not in values
        and values.keys() >= _REQUIRED[row.kind]
        and _lengths_right(row.kind, values)
    )


def _lengths_right(kind: RecordKind, values: Mapping[str, str]) -> bool:
    """None longer than its column, and none that could hold a person's number; short texts are soon done with."""
    limits_of, searched = _LIMITS[kind], []
    for name, text in values.items():
        if len(text) > _SHORT:
            if len(text) > limits_of[name]:
                return False
            if name not in _JUDGED_ELSEWHERE:
                searched.append(text)
    for name, limit in _NARROW[kind]:
        if name in values and len(values[name]) > limit:
            return False
    return not may_hold_citizen_number(searched)
