"""A reason that a person gives for a decision (理由): what use cases ask for, whichever door the decision came through.

A column that holds a blank is as empty as none: nobody could say later why something was done. Serves G14.
"""

from typing import Final

from shared.errors import MALFORMED, Problem
from shared.identifiers import strip_control

READABLE: Final = r"^[^\x00]*[^\s\x00][^\x00]*$"
"""What a body over HTTP may hold as words of a person: something to read, and no NUL, which PostgreSQL refuses in a
text and which would turn a typing error of a caller into a failure of ours."""


def stated(reason: str) -> str:
    """The words without blanks around them. Raises `Problem` when nobody could read any."""
    words = strip_control(reason).strip()
    if not words:
        errors = [{"field": "reason", "reason": "blank"}]
        raise Problem(MALFORMED, "A decision needs a reason that can be read.", errors=errors)
    return words
