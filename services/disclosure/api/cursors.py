"""Positions out of cursors as texts that every database can compare; anything else is refused."""

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
        reason = "not a cursor of this list"
        raise Problem(MALFORMED, "The cursor cannot be used.", errors=[{"field": "cursor", "reason": reason}])
    return texts
