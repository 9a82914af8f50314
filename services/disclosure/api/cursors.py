"""Positions out of cursors as texts that every database can compare; anything else is refused."""

from datetime import date

from shared.errors import MALFORMED, Problem
from shared.identifiers import strip_control
from shared.web.pagination import Position


def after_text(position: Position | None) -> str | None:
    """The one text of a position."""
    found = after_texts(position, 1)
    return found[0] if found else None


def after_texts(position: Position | None, parts: int) -> tuple[str, ...] | None:
    """As many texts as the order of the list has parts."""
    if position is None:
        return None
    texts = tuple(part for part in position if isinstance(part, str) and strip_control(part) == part)
    if len(texts) != parts or len(position) != parts:
        raise _none_of_ours()
    return texts


def after_day(position: Position | None) -> tuple[date, str] | None:
    """The day and the identifier at which a list in the order of days goes on."""
    found = after_texts(position, 2)
    if found is None:
        return None
    try:
        return date.fromisoformat(found[0]), found[1]
    except ValueError:
        raise _none_of_ours() from None


def _none_of_ours() -> Problem:
    reason = "not a cursor of this list"
    return Problem(MALFORMED, "The cursor cannot be used.", errors=[{"field": "cursor", "reason": reason}])
