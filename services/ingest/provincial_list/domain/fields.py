"""Field by field: where a row of the list and our record of the same decision say different things."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from services.ingest.provincial_list.domain.entry import penalty_types
from shared.identifiers import normalise_text


@dataclass(frozen=True, slots=True)
class Difference:
    """One field; both texts as they may be shown."""

    field: str
    theirs: str
    ours: str


@dataclass(frozen=True, slots=True)
class Said:
    """What one side says of a decision; what is empty or missing on the list's side is not compared."""

    name: str
    decided_on: date | None
    authority_name: str
    penalty_types: str
    fine: str
    is_valid: bool = True


def differences(theirs: Said, ours: Said, known_names: frozenset[str]) -> Iterator[Difference]:
    """A former name of the subject is no difference."""
    if theirs.name != normalise_text(ours.name) and theirs.name not in known_names:
        yield Difference("subject_name", theirs.name, ours.name)
    if theirs.decided_on and theirs.decided_on != ours.decided_on:
        yield Difference("decided_on", theirs.decided_on.isoformat(), str(ours.decided_on))
    if theirs.authority_name and theirs.authority_name != normalise_text(ours.authority_name):
        yield Difference("authority_name", theirs.authority_name, ours.authority_name)
    if theirs.penalty_types and penalty_types(theirs.penalty_types) != penalty_types(ours.penalty_types):
        yield Difference("penalty_types", theirs.penalty_types, ours.penalty_types)
    if theirs.fine and _amount(theirs.fine) != _amount(ours.fine):
        yield Difference("fine", theirs.fine, ours.fine)
    if not ours.is_valid:
        yield Difference("state", "valid", "voided")


def _amount(text: str) -> Decimal | None:
    try:
        return Decimal(text or 0)
    except InvalidOperation:
        return None
